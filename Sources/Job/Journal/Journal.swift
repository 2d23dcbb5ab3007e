import Formats
import Foundation
import Secrets
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// The append-only file `journal.jsonl` of one run.
///
/// Lines are written with one `write` each; those that end a check, a phase or the run are on the disk (`fdatasync`) before
/// `append` returns.
public final class Journal: Sendable {
    public let path: String
    private let state: Mutex<State>
    private let redactor: Redactor
    private let now: @Sendable () -> Date

    private struct State: ~Copyable {
        var descriptor: Int32
        var lastSum: String
        var count: Int
        /// The length of the file up to the end of its last whole line, in bytes.
        var length: Int
        var isClosed = false
        /// Why nothing can be written any more: what is on the disk is whole, and no later line may hide that one is missing.
        var failure: JournalError?
    }

    /// Opens a journal for appending; the file is made when it does not exist. A torn last line is cut off.
    ///
    /// - Returns: the journal, the entries that it holds, and how many bytes of a torn last line were cut off.
    public static func open(
        path: String, redactor: Redactor, now: @escaping @Sendable () -> Date
    ) throws(JournalError) -> (journal: Journal, entries: [JournalEntry], tornBytes: Int) {
        let contents = FileManager.default.fileExists(atPath: path) ? try read(path: path) : JournalFormat.Contents()
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .unwritable(path: path, reason: String(cString: strerror(errno))) }
        if contents.tornBytes > 0, ftruncate(descriptor, off_t(contents.wholeBytes)) != 0 {
            throw .unwritable(path: path, reason: String(cString: strerror(errno)))
        }
        let journal = Journal(
            path: path,
            state: State(
                descriptor: descriptor, lastSum: contents.lastSum, count: contents.entries.count,
                length: contents.wholeBytes),
            redactor: redactor, now: now)
        return (journal, contents.entries, contents.tornBytes)
    }

    /// The entries of a journal, without opening it for writing. A torn last line is left out.
    public static func entries(path: String) throws(JournalError) -> [JournalEntry] {
        try read(path: path).entries
    }

    private static func read(path: String) throws(JournalError) -> JournalFormat.Contents {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw .unreadable(path: path, reason: error.localizedDescription)
        }
        return try JournalFormat.read([UInt8](data), path: path)
    }

    private init(path: String, state: consuming State, redactor: Redactor, now: @escaping @Sendable () -> Date) {
        self.path = path
        self.state = Mutex(state)
        self.redactor = redactor
        self.now = now
    }

    deinit {
        state.withLock { state in
            if !state.isClosed { _ = Glibc.close(state.descriptor) }
        }
    }

    /// Writes one event; events that a resume relies on are durable when this returns.
    ///
    /// - Throws: ``JournalError``. After a failure the file ends with its last whole line, and every later call throws too.
    @discardableResult
    public func append(_ event: JournalEvent) throws -> JournalEntry {
        try state.withLock { state in
            guard !state.isClosed else { throw JournalError.unwritable(path: path, reason: "it is closed") }
            if let failure = state.failure { throw failure }
            let entry = try redacted(JournalEntry(seq: state.count + 1, at: now(), event: event))
            let (bytes, sum) = try JournalFormat.line(for: entry, after: state.lastSum)
            do throws(JournalError) {
                try write(bytes, to: state.descriptor)
                if event.isDurable, fdatasync(state.descriptor) != 0 {
                    throw .unwritable(path: path, reason: String(cString: strerror(errno)))
                }
            } catch {
                ftruncate(state.descriptor, off_t(state.length))
                state.failure = error
                throw error
            }
            state.lastSum = sum
            state.count += 1
            state.length += bytes.count
            return entry
        }
    }

    public func close() {
        state.withLock { state in
            guard !state.isClosed else { return }
            state.isClosed = true
            _ = fsync(state.descriptor)
            _ = Glibc.close(state.descriptor)
        }
    }

    /// The entry as it reads after redaction. Every text in its JSON is redacted by itself, so that no field can be forgotten
    /// and nothing that a target sends can break the line.
    private func redacted(_ entry: JournalEntry) throws -> JournalEntry {
        let data = try JSON.data(entry)
        guard !redactor.leaks(in: [UInt8](data)).isEmpty else { return entry }
        let clean = try JSON.decode(JSONValue.self, from: data).mapTexts(redactor.redact)
        return try JSON.decode(JournalEntry.self, from: try JSON.data(clean))
    }

    private func write(_ bytes: [UInt8], to descriptor: Int32) throws(JournalError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw .unwritable(path: path, reason: String(cString: strerror(errno)))
            }
            written += count
        }
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
