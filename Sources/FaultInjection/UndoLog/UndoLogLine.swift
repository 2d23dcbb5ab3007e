import Formats
import Foundation

/// The form of a line: a JSON object with the SHA-256 of its event's bytes, `{"sha256":"…","event":{…}}`.
enum UndoLogLine {
    private static let head = Array(#"{"sha256":""#.utf8)
    private static let middle = Array(#"","event":"#.utf8)
    private static let digestLength = 64

    static func bytes(_ event: UndoEvent, path: String) throws(UndoLogError) -> [UInt8] {
        let body: [UInt8]
        do {
            body = [UInt8](try JSON.data(event))
        } catch {
            throw UndoLogError(.notWritable, path: path, detail: "the event cannot be encoded: \(error)")
        }
        return head + Array(Digest.sha256Hex(of: body).utf8) + middle + body + Array("}\n".utf8)
    }

    /// Reads all lines. A last line that was cut off by a crash is left out; damage anywhere else is an error.
    static func parse(
        _ bytes: [UInt8], path: String
    ) throws(UndoLogError) -> (history: UndoHistory, intactLength: Int) {
        var events: [UndoEvent] = []
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n"))
            guard let end else { break }
            guard let event = event(bytes[start..<end]) else {
                if end == bytes.count - 1 { break }
                throw UndoLogError(
                    .damaged, path: path, detail: "line \(events.count + 1) does not match its checksum")
            }
            guard event.sequence == events.count + 1 else {
                throw UndoLogError(
                    .damaged, path: path,
                    detail: "line \(events.count + 1) has the number \(event.sequence): a line is missing or doubled")
            }
            events.append(event)
            start = end + 1
        }
        return (UndoHistory(events: events), start)
    }

    private static func event(_ line: ArraySlice<UInt8>) -> UndoEvent? {
        let bodyStart = line.startIndex + head.count + digestLength + middle.count
        guard line.count > head.count + digestLength + middle.count + 1, line.starts(with: head),
            line.last == UInt8(ascii: "}")
        else { return nil }
        let digest = line[(line.startIndex + head.count)...].prefix(digestLength)
        let body = line[bodyStart..<(line.endIndex - 1)]
        guard line[(line.startIndex + head.count + digestLength)...].starts(with: middle),
            Array(digest) == Array(Digest.sha256Hex(of: body).utf8)
        else { return nil }
        return try? JSON.decode(UndoEvent.self, from: Data(body))
    }
}
