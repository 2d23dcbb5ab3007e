import Foundation
import Glibc

/// The write-ahead log of every change that must be taken back: `undo.jsonl` of a state directory.
///
/// Append-only; a line is on the disk before the call returns. Any number of processes may use it at once.
public struct UndoLog: Sendable {
    public let path: String
    private let now: @Sendable () -> Date

    /// The log of a state directory, which must exist.
    public init(directory: String, now: @escaping @Sendable () -> Date = { Date() }) {
        self.path = directory + "/undo.jsonl"
        self.now = now
    }

    /// Writes down a change that is about to be made. Make the change only when this has returned.
    public func open(_ record: UndoRecord) throws(UndoLogError) {
        try append { _ in .opened(record) }
    }

    /// Writes down that a change has been taken back. Closing a closed record does nothing.
    public func close(_ id: String, by: String) throws(UndoLogError) {
        try append { (history) throws(UndoLogError) -> UndoEvent.Kind? in
            try Self.require(id, in: history, path: path)
            return history.openRecords.contains { $0.id == id } ? .closed(id: id, by: by) : nil
        }
    }

    /// Writes down an attempt to undo that did not succeed.
    public func fail(_ id: String, by: String, reason: String) throws(UndoLogError) {
        try append { (history) throws(UndoLogError) -> UndoEvent.Kind? in
            try Self.require(id, in: history, path: path)
            return .undoFailed(id: id, by: by, reason: String(reason.prefix(2000)))
        }
    }

    /// What the log says; empty when there is no log.
    public func history() throws(UndoLogError) -> UndoHistory {
        guard let file = try UndoLogFile(path: path, creating: false) else { return UndoHistory(events: []) }
        return try UndoLogLine.parse(try file.contents(), path: path).history
    }

    /// The changes that have not been taken back, oldest first.
    public func openRecords() throws(UndoLogError) -> [UndoRecord] { try history().openRecords }

    private static func require(_ id: String, in history: UndoHistory, path: String) throws(UndoLogError) {
        guard history.records.contains(where: { $0.id == id }) else {
            throw UndoLogError(.noSuchRecord, path: path, detail: "no record has the id \(id)")
        }
    }

    private func append(
        _ decide: (UndoHistory) throws(UndoLogError) -> UndoEvent.Kind?
    ) throws(UndoLogError) {
        guard let file = try UndoLogFile(path: path, creating: true) else { return }
        let bytes = try file.contents()
        let parsed = try UndoLogLine.parse(bytes, path: path)
        guard let kind = try decide(parsed.history) else { return }
        if parsed.intactLength < bytes.count { try file.truncate(to: parsed.intactLength) }
        let sequence = (parsed.history.events.last?.sequence ?? 0) + 1
        try file.append(try UndoLogLine.bytes(UndoEvent(sequence: sequence, at: now(), kind: kind), path: path))
    }
}

/// What an undo log says.
public struct UndoHistory: Hashable, Sendable {
    public var events: [UndoEvent]

    public init(events: [UndoEvent]) { self.events = events }

    /// Every change ever written down, oldest first.
    public var records: [UndoRecord] {
        events.compactMap { if case .opened(let record) = $0.kind { record } else { nil } }
    }

    public var openRecords: [UndoRecord] {
        let closed = Set(events.compactMap { if case .closed(let id, _) = $0.kind { id } else { nil } })
        return records.filter { !closed.contains($0.id) }
    }
}
