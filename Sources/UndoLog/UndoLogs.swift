import Durable
import Formats
import Foundation
import Glibc
import RunModel
import Secrets

/// The undo logs of a state directory: one file for each run that may have left something open, `undo/<run id>.jsonl`.
///
/// The list of files is the index: a log is made with the run's first record and removed when the run has ended and everything is
/// undone. So what finished runs wrote down costs later ones nothing, and there is no second list that could say something else.
/// The history of a run is kept in the run's own directory, redacted.
public struct UndoLogs: Sendable {
    private let directory: String
    private let legacy: LegacyUndoLog
    private let copy: (any UndoLogCopy)?
    private let key: @Sendable (String) -> String?
    private let now: @Sendable () -> Date

    /// - Parameters:
    ///   - stateDirectory: must exist.
    ///   - copy: keeps the logs where they outlive this machine; nil where the directory itself does.
    ///   - key: the value of a key by the name of its secret, to prove that records are ours.
    public init(
        stateDirectory: String, copy: (any UndoLogCopy)? = nil, key: @escaping @Sendable (String) -> String? = { _ in nil },
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        directory = stateDirectory + "/undo"
        legacy = LegacyUndoLog(path: stateDirectory + "/undo.jsonl")
        self.copy = copy
        self.key = key
        self.now = now
    }

    /// The log of one run, which need not exist yet.
    public func log(of run: RunID, guardian: RunGuardian? = nil) -> UndoLog {
        UndoLog(path: path(of: run), guardian: guardian, copy: copy, key: key, now: now)
    }

    /// The runs that have a log, newest first: their ids sort by time.
    public func runs() throws(UndoLogError) -> [RunID] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: directory)
                .filter { $0.hasSuffix(Self.suffix) }.sorted(by: >)
                .map { RunID(rawValue: String($0.dropLast(Self.suffix.count))) }
        } catch {
            if !FileManager.default.fileExists(atPath: directory) { return [] }
            throw UndoLogError(.notReadable, path: directory, detail: "\(error)")
        }
    }

    /// The changes of all runs that have not been taken back, oldest first, and the logs that could not be read.
    public func openRecords() -> (records: [UndoRecord], problems: [UndoLogError]) {
        var records: [UndoRecord] = []
        var problems: [UndoLogError] = []
        do throws(UndoLogError) {
            records = try legacy.openRecords()
        } catch {
            problems.append(error)
        }
        do throws(UndoLogError) {
            for run in try runs().reversed() {
                do throws(UndoLogError) {
                    records += try log(of: run).openRecords()
                } catch {
                    problems.append(error)
                }
            }
        } catch {
            problems.append(error)
        }
        return (records, problems)
    }

    /// Undoes what all runs left open, the newest run first. A log that cannot be used keeps no other from being undone.
    ///
    /// Nobody else may be running: the caller holds the state directory's lock.
    ///
    /// - Parameter patience: for all runs together; each gets a second at least.
    public func undoAll(
        by: String, performer: UndoPerformer, patience: Duration = .seconds(30),
        lateArrivals: UndoReplay.LateArrivals = .awaited(atMost: nil)
    ) async -> UndoReport {
        let until = ContinuousClock.now + patience
        var report = UndoReport()
        do throws(UndoLogError) {
            try prepare()
            try legacy.migrate(to: self)
            for run in try runs() {
                do throws(UndoLogError) {
                    let left = max(.seconds(1), ContinuousClock.now.duration(to: until))
                    let part = try await UndoReplay(log: log(of: run), performer: performer)
                        .run(.all, by: by, patience: left, lateArrivals: lateArrivals)
                    report.undone += part.undone
                    report.failed += part.failed
                } catch {
                    report.problems.append(error)
                }
            }
        } catch {
            report.problems.append(error)
        }
        return report
    }

    /// Removes the logs of other runs in which nothing is open any more.
    ///
    /// - Parameter keep: gets the run and the whole history of a log before it goes.
    public func removeSettled(except current: RunID, keep: (RunID, [UndoEntry]) throws -> Void) throws {
        for run in try runs() where run != current {
            let log = log(of: run)
            guard try log.openRecords().isEmpty else { continue }
            try keep(run, try log.entries())
            try log.removeIfSettled()
        }
    }

    /// Makes the directory of the logs.
    public func prepare() throws(UndoLogError) {
        do throws(DurableFile.WriteError) {
            try PrivateFile.makeDirectory(directory)
        } catch {
            throw UndoLogError(.notWritable, path: directory, detail: error.reason)
        }
        DurableFile.flushDirectory(of: directory)
    }

    private static let suffix = ".jsonl"

    private func path(of run: RunID) -> String { "\(directory)/\(run.rawValue)\(Self.suffix)" }
}

extension [UndoEntry] {
    /// The lines of an undo log that says this, numbered from 1, for people: without the proofs.
    ///
    /// - Parameter redactor: masks every text.
    public func lines(redactor: Redactor) throws -> RedactedBytes {
        var chain = LineChain()
        var bytes = RedactedBytes()
        for (index, entry) in enumerated() {
            var entry = entry
            entry.seq = index + 1
            if case .opened(let record) = entry.event { entry.event = .opened(record.withoutProofs) }
            let body = redactor.redact(json: [UInt8](try JSON.data(entry)), for: .undoHistory)
            bytes = bytes + body.formatted { chain.line($0).bytes }
            chain = chain.line(body.bytes).next
        }
        return bytes
    }
}
