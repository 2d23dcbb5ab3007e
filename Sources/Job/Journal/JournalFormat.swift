import Durable
import Formats
import Foundation
import RunModel

/// How lines become entries. The form of a line is that of `LineChain`: `{"at":…,"event":…,"seq":…,"sum":"…"}`.
enum JournalFormat {
    /// Version of the events and of the line format.
    static let schema = 1

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
    /// A line of a journal from outside asks more of its reader than it gives.
    case excessive(path: String, line: Int, reason: String)
    case unreadable(path: String, reason: String)
    case unwritable(path: String, reason: String)
    /// The journal does not begin with the start of a run.
    case headless(path: String)

    /// The same of a journal under another name.
    func naming(_ path: String) -> JournalError {
        switch self {
        case .damaged(_, let line): .damaged(path: path, line: line)
        case .excessive(_, let line, let reason): .excessive(path: path, line: line, reason: reason)
        case .unreadable(_, let reason): .unreadable(path: path, reason: reason)
        case .unwritable(_, let reason): .unwritable(path: path, reason: reason)
        case .headless: .headless(path: path)
        }
    }

    init(_ error: AppendLogError) {
        self =
            switch error.code {
            case .damaged(let line): .damaged(path: error.path, line: line)
            case .excessive(let line): .excessive(path: error.path, line: line, reason: error.reason)
            case .unreadable: .unreadable(path: error.path, reason: error.reason)
            case .unwritable: .unwritable(path: error.path, reason: error.reason)
            }
    }

    public var description: String {
        switch self {
        case .damaged(let path, let line):
            "the journal \(path) is damaged at line \(line): its checksum or number does not fit. Nothing was changed; "
                + "keep it for inspection and start over with --resume never"
        case .excessive(let path, let line, let reason):
            "the journal \(path) is not read: line \(line) has \(reason), which no run of ours writes. A bundle that you know to be "
                + "yours can be read with --large"
        case .unreadable(let path, let reason): "the journal \(path) cannot be read: \(reason)"
        case .unwritable(let path, let reason):
            "the journal \(path) cannot be written: \(reason). The run can be resumed"
        case .headless(let path): "the journal \(path) does not begin with the start of a run"
        }
    }
}
