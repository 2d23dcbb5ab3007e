import Foundation

/// What an undo log can say.
public enum UndoEvent: Hashable, Sendable {
    case opened(UndoRecord)
    /// Undone; `by` names who did it: `run`, `guardian`, `undo`, `resume`.
    case closed(id: String, by: String)
    /// Undone, and open all the same until a moment: the request that makes the change was never answered, so the change may still
    /// be made.
    case settling(id: String, by: String, until: Date)
    /// An attempt that did not succeed; the record stays open.
    case undoFailed(id: String, by: String, reason: String)

    /// The record that the event is about.
    var recordID: String {
        switch self {
        case .opened(let record): record.id
        case .closed(let id, _), .settling(let id, _, _), .undoFailed(let id, _, _): id
        }
    }
}

extension UndoEvent: Codable {
    private enum Key: String, CodingKey { case kind, record, id, by, reason, until }

    private enum Kind: String, Codable {
        case opened, closed, settling
        case undoFailed = "undo-failed"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        func text(_ key: Key) throws -> String { try container.decode(String.self, forKey: key) }
        switch try container.decode(Kind.self, forKey: .kind) {
        case .opened: self = .opened(try container.decode(UndoRecord.self, forKey: .record))
        case .closed: self = .closed(id: try text(.id), by: try text(.by))
        case .settling:
            self = .settling(
                id: try text(.id), by: try text(.by), until: try container.decode(Date.self, forKey: .until))
        case .undoFailed: self = .undoFailed(id: try text(.id), by: try text(.by), reason: try text(.reason))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .opened(let record):
            try container.encode(Kind.opened, forKey: .kind)
            try container.encode(record, forKey: .record)
        case .closed(let id, let by):
            try container.encode(Kind.closed, forKey: .kind)
            try container.encode(id, forKey: .id)
            try container.encode(by, forKey: .by)
        case .settling(let id, let by, let until):
            try container.encode(Kind.settling, forKey: .kind)
            try container.encode(id, forKey: .id)
            try container.encode(by, forKey: .by)
            try container.encode(until, forKey: .until)
        case .undoFailed(let id, let by, let reason):
            try container.encode(Kind.undoFailed, forKey: .kind)
            try container.encode(id, forKey: .id)
            try container.encode(by, forKey: .by)
            try container.encode(reason, forKey: .reason)
        }
    }
}

/// One line of the log.
public struct UndoEntry: Hashable, Sendable, Codable {
    /// Counted from 1 without gaps.
    public var seq: Int
    public var at: Date
    public var event: UndoEvent

    public init(seq: Int, at: Date, event: UndoEvent) {
        self.seq = seq
        self.at = at
        self.event = event
    }
}
