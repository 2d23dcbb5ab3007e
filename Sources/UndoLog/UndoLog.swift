import Durable
import Formats
import Foundation
import Glibc
import Processes
import Secrets
import Synchronization

/// The write-ahead log of every change of one run that must be taken back.
///
/// Append-only, with chained checksums (`LineChain`); a line is on the disk before the call returns. Any number of processes may
/// use it at once. What was read is kept, so that every call costs as much as what is new in the file.
public final class UndoLog: Sendable {
    public let path: String
    private let guardian: RunGuardian?
    private let copy: (any UndoLogCopy)?
    private let key: @Sendable (String) -> String?
    private let now: @Sendable () -> Date
    private let contents = Mutex(Contents())

    /// The file, and what it says as far as it was read.
    private struct Contents {
        var file: AppendLog?
        /// Oldest first.
        var open: [OpenUndo] = []
        /// The ids of everything that was ever opened.
        var known: Set<String> = []

        mutating func take(_ entry: UndoEntry) {
            switch entry.event {
            case .opened(let record):
                known.insert(record.id)
                open.append(OpenUndo(seq: entry.seq, record: record))
            case .closed(let id, _): open.removeAll { $0.record.id == id }
            case .settling(let id, _, let until):
                if let index = open.firstIndex(where: { $0.record.id == id }) { open[index].settles = until }
            case .undoFailed: break
            }
        }
    }

    /// - Parameters:
    ///   - path: the file; its directory must exist. The file is made with the first record.
    ///   - guardian: runs before anything is written down to be undone; nil without one.
    ///   - copy: keeps the log where it outlives this machine; nil where the file itself does.
    ///   - key: the value of a key by the name of its secret, to prove that a record is ours; nil where it is not known.
    public init(
        path: String, guardian: RunGuardian? = nil, copy: (any UndoLogCopy)? = nil, key: @escaping @Sendable (String) -> String? = { _ in nil },
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.path = path
        self.guardian = guardian
        self.copy = copy
        self.key = key
        self.now = now
    }

    /// Writes down a change that is about to be made, where that outlives this machine. Make the change only when this has returned.
    ///
    /// - Throws: ``UndoLogError``; then nothing is to be undone, and the change must not be made.
    public func writeAhead(_ record: UndoRecord) async throws(UndoLogError) {
        try open(record)
        do throws(UndoLogError) {
            try await copy?.secure(path)
        } catch {
            try? close(record.id, by: "run")
            throw error
        }
    }

    /// Writes down a change on this machine only: enough for what goes with the machine, such as a process.
    package func open(_ record: UndoRecord) throws(UndoLogError) { try adopt(record.proven(with: key)) }

    /// Keeps what the log says now where it outlives this machine.
    package func secure() async throws(UndoLogError) { try await copy?.secure(path) }

    /// Writes down what another log said, without a proof that it did not have there.
    func adopt(_ record: UndoRecord) throws(UndoLogError) {
        do throws(ProcessError) {
            try guardian?.ensureReady()
        } catch {
            throw UndoLogError(.noGuardian, path: path, detail: "\(error)")
        }
        _ = try exclusively(creating: true) { (contents, file) throws(UndoLogError) in
            try append(.opened(record), to: file, &contents)
        }
    }

    /// Writes down that a change has been taken back. Closing a closed record does nothing.
    public func close(_ id: String, by: String) throws(UndoLogError) {
        try note(.closed(id: id, by: by))
    }

    /// Writes down that a change has been taken back and may still be made until a moment.
    func settle(_ id: String, by: String, until: Date) throws(UndoLogError) {
        try note(.settling(id: id, by: by, until: until))
    }

    /// Writes down an attempt to undo that did not succeed.
    public func fail(_ id: String, by: String, reason: String) throws(UndoLogError) {
        try note(.undoFailed(id: id, by: by, reason: reason.excerpt(2000)))
    }

    /// The changes that have not been taken back, oldest first.
    public func openRecords() throws(UndoLogError) -> [UndoRecord] { try openUndos().map(\.record) }

    func openUndos() throws(UndoLogError) -> [OpenUndo] {
        try contents.withLock { (contents) throws(UndoLogError) -> [OpenUndo] in
            guard let file = try file(&contents, creating: false) else { return [] }
            if file.isCurrent { return contents.open }
            try locked(file, isShared: true) { () throws(UndoLogError) in try readNew(file, &contents) }
            return contents.open
        }
    }

    /// Every line of the log; none when there is no log.
    public func entries() throws(UndoLogError) -> [UndoEntry] {
        guard let file = try opened(.reading) else { return [] }
        return try locked(file, isShared: true) { () throws(UndoLogError) in
            var entries: [UndoEntry] = []
            try Self.read(file) { entries.append($0) }
            return entries
        }
    }

    /// Removes the file when everything that it says is undone.
    ///
    /// - Returns: whether there is no file any more.
    @discardableResult
    public func removeIfSettled() throws(UndoLogError) -> Bool {
        let isGone = try exclusively(creating: false) { (contents, _) throws(UndoLogError) -> Bool in
            guard contents.open.isEmpty else { return false }
            unlink(path)
            unlink(UndoClaim.path(for: path))
            return true
        }
        return isGone ?? true
    }

    /// Appends, unless the record is closed.
    private func note(_ event: UndoEvent) throws(UndoLogError) {
        let isKnown = try exclusively(creating: false) { (contents, file) throws(UndoLogError) -> Bool in
            let id = event.recordID
            if contents.open.contains(where: { $0.record.id == id }) { try append(event, to: file, &contents) }
            return contents.known.contains(id)
        }
        guard isKnown == true else {
            throw UndoLogError(.noSuchRecord, path: path, detail: "no record has the id \(event.recordID)")
        }
    }

    private func append(
        _ event: UndoEvent, to file: AppendLog, _ contents: inout Contents
    ) throws(UndoLogError) {
        let entry = UndoEntry(seq: file.count + 1, at: now(), event: event)
        let body: RedactedBytes
        do {
            body = Redactor.current.redact(recoverable: [UInt8](try JSON.data(entry)))
        } catch {
            throw UndoLogError(.notWritable, path: path, detail: "the event cannot be encoded: \(error)")
        }
        do throws(AppendLogError) {
            try file.append(body)
        } catch {
            throw UndoLogError(error)
        }
        contents.take(entry)
    }

    /// Reads what others added, and works under the lock; nil when there is no file.
    private func exclusively<Result: Sendable>(
        creating: Bool, _ work: (inout Contents, AppendLog) throws(UndoLogError) -> Result
    ) throws(UndoLogError) -> Result? {
        try contents.withLock { (contents) throws(UndoLogError) -> Result? in
            while let file = try file(&contents, creating: creating) {
                let result = try locked(file) { () throws(UndoLogError) -> Result? in
                    try readNew(file, &contents)
                    // Somebody else may have removed the settled file before the lock was ours.
                    if file.isRemoved, contents.open.isEmpty { return nil }
                    return try work(&contents, file)
                }
                if let result { return result }
            }
            return nil
        }
    }

    /// The open file; nil when it does not exist and is not to be made. A file that was removed although something in it is open
    /// stays in use for as long as this process lives: what it says must be undone.
    private func file(_ contents: inout Contents, creating: Bool) throws(UndoLogError) -> AppendLog? {
        if let file = contents.file, !file.isRemoved || !contents.open.isEmpty { return file }
        contents = Contents()
        contents.file = try opened(creating ? .appending : .appendingToExisting)
        return contents.file
    }

    private func opened(_ access: AppendLog.Access) throws(UndoLogError) -> AppendLog? {
        do throws(AppendLogError) {
            return try AppendLog(path: path, access: access)
        } catch {
            throw UndoLogError(error)
        }
    }

    private func locked<Result>(
        _ file: AppendLog, isShared: Bool = false, _ work: () throws(UndoLogError) -> Result
    ) throws(UndoLogError) -> Result {
        do throws(AppendLogError) {
            try file.lock(isShared: isShared)
        } catch {
            throw UndoLogError(error)
        }
        defer { file.unlock() }
        return try work()
    }

    private func readNew(_ file: AppendLog, _ contents: inout Contents) throws(UndoLogError) {
        if file.isCurrent { return }
        try Self.read(file) { contents.take($0) }
    }

    private static func read(_ file: AppendLog, _ take: (UndoEntry) -> Void) throws(UndoLogError) {
        // The file counts its lines when they have been taken, so within a call they are counted here.
        var count = file.count
        do throws(AppendLogError) {
            try file.readNew { (body) throws(LineDamage) in
                count += 1
                guard let entry = try? JSON.decode(UndoEntry.self, from: Data(body)), entry.seq == count else {
                    throw LineDamage(line: count)
                }
                take(entry)
            }
        } catch {
            throw UndoLogError(error)
        }
    }
}

/// A change that has not been taken back, and the number of its line in the log.
struct OpenUndo: Hashable, Sendable {
    let seq: Int
    let record: UndoRecord
    /// Until when the change may still be made although it has been taken back; nil when it has not been taken back yet.
    var settles: Date?
}
