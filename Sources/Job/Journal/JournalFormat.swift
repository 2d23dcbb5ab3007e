import Formats
import Foundation

/// How entries become lines and lines entries: one JSON object a line, closed by a checksum that also covers the line before.
///
/// A line is `{"at":…,"event":…,"seq":…,"sum":"…"}`. The sum is the first 32 hexadecimal digits of the SHA-256 of the sum of
/// the line before (empty for the first) followed by the line without its sum. So a changed, lost, added or reordered line shows.
enum JournalFormat {
    /// Version of the events and of the line format.
    static let schema = 1

    private static let sumLength = 32
    private static let tailStart = Array(",\"sum\":\"".utf8)

    static func line(for entry: JournalEntry, after previousSum: String) throws -> (bytes: [UInt8], sum: String) {
        let body = [UInt8](try JSON.data(entry))
        let sum = checksum(of: body, after: previousSum)
        return (body.dropLast() + tailStart + Array(sum.utf8) + Array("\"}\n".utf8), sum)
    }

    /// Reads all lines of a journal.
    ///
    /// A last line that is not whole (the process died while it wrote) is left out, and the bytes before it are counted in
    /// `wholeBytes`. Damage anywhere else is an error: nothing of such a journal is used.
    static func read(_ bytes: [UInt8], path: String) throws(JournalError) -> Contents {
        var contents = Contents()
        var position = 0
        while position < bytes.count {
            let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n"))
            let line = bytes[position..<(end ?? bytes.count)]
            let next = end.map { $0 + 1 } ?? bytes.count
            let isLast = next >= bytes.count
            guard let end, let (entry, sum) = entry(of: line, after: contents.lastSum),
                entry.seq == contents.entries.count + 1
            else {
                // Only a line without its end can be torn: the newline is the last byte that is written.
                if isLast, end == nil {
                    contents.tornBytes = bytes.count - position
                    return contents
                }
                throw JournalError.damaged(path: path, line: contents.entries.count + 1)
            }
            _ = end
            contents.entries.append(entry)
            contents.lastSum = sum
            position = next
            contents.wholeBytes = position
        }
        return contents
    }

    struct Contents {
        var entries: [JournalEntry] = []
        var lastSum = ""
        var wholeBytes = 0
        var tornBytes = 0
    }

    private static func entry(of line: ArraySlice<UInt8>, after previousSum: String) -> (JournalEntry, String)? {
        let tailLength = tailStart.count + sumLength + 2
        guard line.count > tailLength else { return nil }
        let tail = line.suffix(tailLength)
        guard tail.starts(with: tailStart), tail.suffix(2).elementsEqual(Array("\"}".utf8)) else { return nil }
        let sum = String(decoding: tail.dropFirst(tailStart.count).prefix(sumLength), as: UTF8.self)
        let body = Array(line.dropLast(tailLength)) + [UInt8(ascii: "}")]
        guard checksum(of: body, after: previousSum) == sum,
            let entry = try? JSON.decode(JournalEntry.self, from: Data(body))
        else { return nil }
        return (entry, sum)
    }

    private static func checksum(of body: [UInt8], after previousSum: String) -> String {
        String(Digest.sha256Hex(of: Array(previousSum.utf8) + body).prefix(sumLength))
    }
}

/// Why a journal could not be used.
public enum JournalError: Error, Sendable, CustomStringConvertible {
    /// A line other than a torn last one does not fit its checksum, its number or the event schema.
    case damaged(path: String, line: Int)
    case unreadable(path: String, reason: String)
    case unwritable(path: String, reason: String)
    /// The journal does not begin with the start of a run.
    case headless(path: String)

    public var description: String {
        switch self {
        case .damaged(let path, let line):
            "the journal \(path) is damaged at line \(line): its checksum or number does not fit. Nothing was changed; "
                + "keep it for inspection and start over with --resume never"
        case .unreadable(let path, let reason): "the journal \(path) cannot be read: \(reason)"
        case .unwritable(let path, let reason):
            "the journal \(path) cannot be written: \(reason). Free space or choose another --state directory; the run can be resumed"
        case .headless(let path): "the journal \(path) does not begin with the start of a run"
        }
    }
}
