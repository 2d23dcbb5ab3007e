import Durable
import Formats
import Foundation
import RunModel
import Secrets
import UndoLog

/// The directory that outlives the process: one environment's lock, its open undos and its runs.
///
/// ```
/// plumbline-state.json     version and environment
/// lock                     held while a run is under way
/// undo/<run id>.jsonl      what a run must undo, written before anything is changed; gone when all is undone and the run over
/// runs/<run id>/           journal.jsonl, undo.jsonl, state/, evidence/, logs/, metrics/, aws/; excerpts/ of long logs
/// ```
public struct StateDirectory: Sendable {
    public let url: URL

    /// Version of the layout; another version is refused.
    static let version = 1

    /// Finished runs that are kept; older ones are removed when a new run begins.
    static let keptRuns = 10

    private struct Identity: Codable {
        var version: Int
        var environment: String
    }

    /// Opens the directory, or makes it.
    public static func open(path: String, environment: String) throws(StateError) -> StateDirectory {
        if path.contains("://") {
            throw .unusable(path: path, reason: "only a local directory or s3://bucket/prefix/ can be used here")
        }
        let directory = StateDirectory(url: URL(fileURLWithPath: path, isDirectory: true))
        let identityFile = directory.url.appending(path: "plumbline-state.json")
        guard FileManager.default.fileExists(atPath: identityFile.path) else {
            try directory.make(identityFile, Identity(version: version, environment: environment))
            return directory
        }
        try StateExamination(root: directory.url.path).run()
        guard let data = try? Data(contentsOf: identityFile) else {
            throw .unusable(path: path, reason: "its plumbline-state.json cannot be read; check the permissions")
        }
        guard let identity = try? JSON.decode(Identity.self, from: data) else {
            throw .unusable(path: path, reason: "its plumbline-state.json is damaged; use another directory")
        }
        guard identity.version == version else {
            throw .unusable(
                path: path,
                reason:
                    "it has version \(identity.version) of the layout, this build reads version \(version); use another directory"
            )
        }
        guard identity.environment == environment else {
            throw .otherEnvironment(path: path, found: identity.environment, wanted: environment)
        }
        return directory
    }

    var runsDirectory: URL { url.appending(path: "runs") }
    public var lockPath: String { url.appending(path: "lock").path }

    public func run(_ id: RunID) -> RunDirectory { RunDirectory(url: runsDirectory.appending(path: id.rawValue)) }

    /// The runs that have a journal, oldest first (their names sort by time).
    public var runs: [RunDirectory] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: runsDirectory.path)) ?? []
        return names.sorted().map { RunDirectory(url: runsDirectory.appending(path: $0)) }
            .filter { FileManager.default.fileExists(atPath: $0.journalPath) }
    }

    /// Removes the oldest runs beyond the number that is kept.
    public func removeOldRuns() {
        for run in runs.dropLast(Self.keptRuns) { try? FileManager.default.removeItem(at: run.url) }
    }

    /// Makes the directory, unless somebody else's files are in it: then it is left as it is.
    private func make(_ identityFile: URL, _ identity: Identity) throws(StateError) {
        let others = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
        // What an earlier start left that was killed here.
        let ours = { (name: String) in name == "runs" || name.hasPrefix("plumbline-state.json.partial-") }
        guard others.allSatisfy(ours) else {
            throw .unusable(
                path: url.path, reason: "it holds other files and no plumbline-state.json; choose an empty directory")
        }
        try StateExamination(root: url.path).run()
        do throws(DurableFile.WriteError) {
            try PrivateFile.makeDirectory(runsDirectory.path)
        } catch {
            throw .unusable(path: url.path, reason: "it cannot be made: \(error.reason)")
        }
        try writeAtomically(identity, to: identityFile)
    }

    /// Writes to a temporary name, flushes, and renames, so that a reader sees the old or the new file and nothing between.
    private func writeAtomically(_ value: some Encodable, to url: URL) throws(StateError) {
        do {
            try DurableFile.write(
                Redactor.current.redact(json: [UInt8](try JSON.prettyData(value)), for: .documents), to: url)
        } catch {
            throw .unusable(path: url.path, reason: "it cannot be written: \(error)")
        }
    }
}

/// The directory of one run.
public struct RunDirectory: Sendable {
    public let url: URL

    public init(url: URL) { self.url = url }

    public var journalPath: String { url.appending(path: Self.journalName).path }
    static let journalName = "journal.jsonl"
    public var logPath: String { url.appending(path: Self.logName).path }
    static let logName = "logs/plumbline.jsonl"
    /// Which bundle the run ended with; not part of the bundle itself. A run without it has not come to its end.
    var deliveryPath: String { url.appending(path: Self.deliveryName).path }
    static let deliveryName = "delivery.json"
    var isDelivered: Bool { FileManager.default.fileExists(atPath: deliveryPath) }
    var guardianLogPath: String { url.appending(path: Self.guardianLogName).path }
    static let guardianLogName = "logs/guardian.log"
    /// What the run wrote down to be undone, redacted; written at its end.
    var undoHistoryPath: String { url.appending(path: Self.undoHistoryName).path }
    static let undoHistoryName = "undo.jsonl"
    /// How often each secret was masked.
    var maskingRecordURL: URL { url.appending(path: Self.maskingRecordName) }
    static let maskingRecordName = "redaction.json"
    public var metricsDirectory: URL { url.appending(path: "metrics") }
    public var evidenceDirectory: URL { url.appending(path: "evidence") }
    /// What AWS said, one file for each item.
    public var awsDirectory: URL { url.appending(path: "aws") }
    /// Who changed what before the run.
    public var changesPath: String { url.appending(path: Self.changesName).path }
    static let changesName = "metrics/changes.json"

    /// The change record that the run kept; nil when it kept none.
    ///
    /// - Throws: when there is one that cannot be read.
    func changes() throws -> ChangeRecord? {
        guard FileManager.default.fileExists(atPath: changesPath) else { return nil }
        do {
            return try OutsideJSON.decode(ChangeRecord.self, from: URL(fileURLWithPath: changesPath))
        } catch {
            throw SnapshotProblem.unreadable(file: "metrics/changes.json", reason: "\(error)")
        }
    }

    /// Keeps the undo history of a run that did not come to its end. One that is there belongs to the run's bundle and stays.
    func keepUndoHistory(_ entries: [UndoEntry], redactor: Redactor) throws {
        let files = FileManager.default
        guard files.fileExists(atPath: url.path), !files.fileExists(atPath: undoHistoryPath) else { return }
        try DurableFile.write(
            try entries.lines(redactor: redactor), to: URL(fileURLWithPath: undoHistoryPath))
    }

    /// Makes the directory with the folders a run writes to.
    func create() throws {
        for folder in ["state", "evidence", "logs", "metrics", "aws"] {
            try PrivateFile.makeDirectory(url.appending(path: folder).path)
        }
    }
}

/// Why a state directory cannot be used.
public enum StateError: Error, Sendable, CustomStringConvertible {
    case unusable(path: String, reason: String)
    /// Somebody else may have written there, or could.
    case notPrivate(path: String, expected: String, got: String, advice: String)
    case otherEnvironment(path: String, found: String, wanted: String)
    case locked(path: String, owner: LockOwner?, age: Duration)
    case noRun(path: String)
    case unwritableOutput(path: String, reason: String)
    /// The state is elsewhere, and cannot be taken, read or written there.
    case remote(place: String, reason: String)

    public var description: String {
        switch self {
        case .unusable(let path, let reason): "the state directory \(path) cannot be used: \(reason)"
        case .notPrivate(let path, let expected, let got, let advice):
            "\(path) in the state directory is not used: expected \(expected), got \(got). Nothing was changed; \(advice)"
        case .otherEnvironment(let path, let found, let wanted):
            "the state directory \(path) belongs to environment ‘\(found)’, the configuration is for ‘\(wanted)’; give each environment its own --state"
        case .locked(let path, let owner, let age):
            "another run holds the lock \(path)"
                + (owner.map { ": process \($0.process) on \($0.host), run \($0.run), for \(age.readable)" } ?? "")
                + "; two runs must never break one environment together. Wait for it, or end it"
        case .unwritableOutput(let path, let reason):
            "the bundle could not be written to \(path) (--out): \(reason)"
        case .remote(let place, let reason): "the state \(place) cannot be used: \(reason)"
        case .noRun(let path): "the state directory \(path) holds no run yet; start one with `plumbline run`"
        }
    }
}
