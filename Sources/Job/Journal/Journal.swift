import Durable
import Formats
import Foundation
import RunModel
import Secrets
import Synchronization

/// The append-only file `journal.jsonl` of one run.
///
/// Lines that end a check, a phase or the run are on the disk (`fdatasync`) before
/// `append` returns.
public final class Journal: Sendable {
    private let log: AppendLog
    private let state = Mutex(State())
    private let redactor: Redactor
    private let now: @Sendable () -> Date

    private struct State {
        var isClosed = false
        /// Why nothing can be written any more: what is on the disk is whole, and no later line may hide that one is missing.
        var failure: JournalError?
    }

    public var path: String { log.path }

    /// Opens a journal for appending; the file is made when it does not exist. A torn last line is cut off.
    ///
    /// - Returns: the journal, the entries that it holds, and how many bytes of a torn last line were cut off.
    public static func open(
        path: String, redactor: Redactor, now: @escaping @Sendable () -> Date
    ) throws(JournalError) -> (journal: Journal, entries: [JournalEntry], tornBytes: Int) {
        let (log, entries) = try read(path: path, .appending)
        let tornBytes = log.tornBytes
        do throws(AppendLogError) {
            if tornBytes > 0 { try log.cutOffTornLine() }
        } catch {
            throw JournalError(error)
        }
        return (Journal(log: log, redactor: redactor, now: now), entries, tornBytes)
    }

    /// The entries of a journal, without opening it for writing. A torn last line is left out.
    public static func entries(path: String) throws(JournalError) -> [JournalEntry] {
        try read(path: path, .reading).entries
    }

    /// Hands over the entries of a journal one after another, so that a long one need not be held.
    ///
    /// - Parameter limits: for a journal from outside; nil reads whatever is there.
    /// - Returns: the bytes of a torn last line, which is left out.
    @discardableResult
    static func forEachEntry(
        path: String, within limits: JournalLimits? = nil, _ take: (JournalEntry) -> Void
    ) throws(JournalError) -> Int {
        try read(path: path, .reading, within: limits, take).tornBytes
    }

    private static func read(
        path: String, _ access: AppendLog.Access
    ) throws(JournalError) -> (log: AppendLog, entries: [JournalEntry]) {
        var entries: [JournalEntry] = []
        let log = try read(path: path, access, within: nil) { entries.append($0) }
        return (log, entries)
    }

    private static func read(
        path: String, _ access: AppendLog.Access, within limits: JournalLimits?, _ take: (JournalEntry) -> Void
    ) throws(JournalError) -> AppendLog {
        var budget = limits.map(JournalBudget.init)
        var count = 0
        var unread: [(seq: Int, body: [UInt8])] = []
        func takeUnread() throws(LineDamage) {
            let entries = unread.concurrentMap { try? JournalFormat.entry(in: $0.body, seq: $0.seq) }
            for (line, entry) in zip(unread, entries) {
                guard let entry else { throw LineDamage(line: line.seq) }
                take(entry)
            }
            unread.removeAll(keepingCapacity: true)
        }
        do throws(AppendLogError) {
            guard let log = try AppendLog(path: path, access: access) else {
                throw AppendLogError(.unreadable, path: path)
            }
            var failure: AppendLogError?
            do throws(AppendLogError) {
                try log.readNew(longestLine: limits?.lineBytes ?? .max) { (body) throws(LineDamage) in
                    count += 1
                    if let excess = budget?.excess(of: body) { throw LineDamage(line: count, excess: excess) }
                    unread.append((count, body))
                    if unread.count == batch { try takeUnread() }
                }
            } catch {
                failure = error
            }
            // What comes before a line that cannot be read counts first, in its damage too.
            do throws(LineDamage) {
                try takeUnread()
            } catch {
                throw AppendLogError(.damaged(line: error.line), path: path)
            }
            if let failure { throw failure }
            return log
        } catch {
            throw JournalError(error)
        }
    }

    /// So many lines are decoded side by side; no more of them are held.
    private static let batch = 1024

    private init(log: AppendLog, redactor: Redactor, now: @escaping @Sendable () -> Date) {
        self.log = log
        self.redactor = redactor
        self.now = now
    }

    /// Writes one event; events that a resume relies on are durable when this returns.
    ///
    /// - Throws: ``JournalError``. After a failure the file ends with its last whole line, and every later call throws too.
    @discardableResult
    public func append(_ event: JournalEvent) throws -> JournalEntry {
        try state.withLock { state in
            guard !state.isClosed else { throw JournalError.unwritable(path: path, reason: "it is closed") }
            if let failure = state.failure { throw failure }
            let (entry, body) = try redacted(JournalEntry(seq: log.count + 1, at: now(), event: event))
            do throws(AppendLogError) {
                try log.append(body, isDurable: event.isDurable)
            } catch {
                let failure = JournalError(error)
                state.failure = failure
                throw failure
            }
            return entry
        }
    }

    /// Nothing can be written any more; what was is on the disk.
    public func close() {
        state.withLock { state in
            guard !state.isClosed else { return }
            state.isClosed = true
            try? log.flush()
        }
    }

    /// The entry as it reads after redaction. Every text in its JSON is redacted by itself, so that no field can be forgotten
    /// and nothing that a target sends can break the line.
    private func redacted(_ entry: JournalEntry) throws -> (JournalEntry, RedactedBytes) {
        let data = try JSON.bytes(entry)
        let body = redactor.redact(json: data, for: .journal)
        return (body.bytes == data ? entry : try JSON.decode(JournalEntry.self, from: Data(body.bytes)), body)
    }
}

extension JournalEvent {
    /// Whether the event must survive a power cut: a check that merely started does not.
    var isDurable: Bool {
        switch self {
        case .checkStarted, .phaseStarted: false
        default: true
        }
    }
}
