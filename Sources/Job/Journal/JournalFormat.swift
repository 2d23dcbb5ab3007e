import Durable
import Formats
import Foundation
import RunModel

/// How lines become entries. The form of a line is that of `LineChain`: `{"at":…,"event":…,"seq":…,"sum":"…"}`.
enum JournalFormat {
    /// Version of the events and of the line format.
    static let schema = 1

    /// Reads all lines of a journal.
    ///
    /// A last line that is not whole (the process died while it wrote) is left out, and the bytes before it are counted in
    /// `wholeBytes`. Damage anywhere else is an error: nothing of such a journal is used.
    static func read(_ bytes: [UInt8], path: String) throws(JournalError) -> Contents {
        var contents = Contents()
        var chain = LineChain()
        do throws(LineDamage) {
            contents.wholeBytes = try chain.read(bytes[...], isEnd: true) { (body) throws(LineDamage) in
                contents.entries.append(try entry(in: body, seq: contents.entries.count + 1))
            }
        } catch {
            throw .damaged(path: path, line: error.line)
        }
        contents.tornBytes = bytes.count - contents.wholeBytes
        return contents
    }

    struct Contents {
        var entries: [JournalEntry] = []
        var wholeBytes = 0
        var tornBytes = 0
    }

    /// The entry that a line holds without its sum.
    static func entry(in body: [UInt8], seq: Int) throws(LineDamage) -> JournalEntry {
        guard let entry = try? JSON.decode(JournalEntry.self, from: Data(body)), entry.seq == seq else {
            throw LineDamage(line: seq)
        }
        return entry
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

    init(_ error: AppendLogError) {
        self =
            switch error.code {
            case .damaged(let line): .damaged(path: error.path, line: line)
            case .unreadable: .unreadable(path: error.path, reason: error.reason)
            case .unwritable: .unwritable(path: error.path, reason: error.reason)
            }
    }

    public var description: String {
        switch self {
        case .damaged(let path, let line):
            "the journal \(path) is damaged at line \(line): its checksum or number does not fit. Nothing was changed; "
                + "keep it for inspection and start over with --resume never"
        case .unreadable(let path, let reason): "the journal \(path) cannot be read: \(reason)"
        case .unwritable(let path, let reason):
            "the journal \(path) cannot be written: \(reason). The run can be resumed"
        case .headless(let path): "the journal \(path) does not begin with the start of a run"
        }
    }
}
