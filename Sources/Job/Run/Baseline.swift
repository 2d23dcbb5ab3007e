import ArtifactBundle
import Diagnosis
import Durable
import Formats
import Foundation
import PerformanceChecks
import RunModel
import Secrets

/// The earlier run that a run is compared with. It is kept in the run's directory, so that documents can be made again without it.
public struct Baseline: Sendable {
    let record: RunRecord
    /// The loads that it kept, by their path under `metrics/`.
    let metrics: [String: [UInt8]]
    /// The runs before it, newest first.
    var history = RunHistory()

    static let path = "baseline/record.json"
    static let historyPath = "baseline/history.json"
    static let metricsPath = "baseline/metrics"
    private static let metricsPrefix = "metrics/"
    /// All loads of a baseline from outside, in bytes; one takes some kilobytes.
    private static let largestLoads = 32 << 20

    /// The bundle that a path means: itself, or the newest of the environment in a directory, where pipelines collect them.
    ///
    /// - Returns: nil for a directory without such a bundle, as the first run of a pipeline has it.
    public static func bundle(at path: String, of environment: String) -> String? {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else { return path }
        let prefix = "plumbline-\(environment)-"
        // An environment's name may begin with another's; what follows it is the run's time.
        let own = names.filter {
            $0.hasPrefix(prefix) && $0.dropFirst(prefix.count).prefixMatch(of: #/\d{8}T\d{6}Z-/#) != nil
                && ($0.hasSuffix(".tar.gz") || $0.hasSuffix(".tar.zst"))
        }
        return own.max().map { "\(path)/\($0)" }
    }

    /// The baseline and the runs before it; of another environment than the run's they tell nothing.
    func runs(before run: RunRecord) -> RunHistory {
        guard run.header.environment == record.header.environment else { return RunHistory() }
        let past = RunHistory.Past(of: record, findings: Assessment(of: record).findings)
        return RunHistory([past] + history.runs)
    }

    /// Reads record and kept loads out of an earlier bundle.
    public static func load(bundle: String) async throws(BaselineError) -> Baseline {
        do {
            return try await Scratch.withDirectory { scratch in
                let (run, limits) = (RunDirectory(url: scratch.appending(path: "run")), BundleReading.untrusted)
                try await limits.reader(of: bundle).extract(to: run.url) { path in
                    [RunDirectory.journalName, self.path, historyPath].contains(path)
                        || path.hasPrefix(metricsPrefix)
                            && LoadArchive.isLoad(String(path.dropFirst(metricsPrefix.count)))
                }
                let record = try Rendering.record(of: run, from: bundle, limits)
                return Baseline(
                    record: record, metrics: try loads(under: run.metricsDirectory, upTo: largestLoads),
                    history: try runs(before: record, of: run))
            }
        } catch {
            throw BaselineError(bundle: bundle, reason: "\(error)")
        }
    }

    /// The newest finished run of a state directory, other than the given one.
    static func newest(in state: StateDirectory, before run: RunID) -> Baseline? {
        for directory in state.runs.reversed() where directory.url.lastPathComponent < run.rawValue {
            guard let entries = try? Journal.entries(path: directory.journalPath), entries.isFinished,
                let record = try? RunRecord(entries, path: directory.journalPath), record.interruption == nil,
                let metrics = try? loads(under: directory.metricsDirectory)
            else { continue }
            return Baseline(
                record: record, metrics: metrics,
                history: (try? runs(before: record, of: directory)) ?? RunHistory())
        }
        return nil
    }

    static func load(from run: RunDirectory) throws -> Baseline? {
        let file = run.url.appending(path: path)
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        return Baseline(
            record: try OutsideJSON.decode(RunRecord.self, from: file),
            metrics: try loads(under: run.url.appending(path: metricsPath)), history: try keptHistory(of: run))
    }

    /// What a run keeps of those before it on the same environment, its own baseline first.
    private static func runs(before record: RunRecord, of run: RunDirectory) throws -> RunHistory {
        try load(from: run)?.runs(before: record) ?? RunHistory()
    }

    /// The runs before the baseline of a run; none where it kept none.
    private static func keptHistory(of run: RunDirectory) throws -> RunHistory {
        let file = run.url.appending(path: historyPath)
        guard FileManager.default.fileExists(atPath: file.path) else { return RunHistory() }
        return try OutsideJSON.decode(RunHistory.self, from: file)
    }

    func save(to run: RunDirectory, redactor: Redactor) throws {
        try PrivateFile.makeDirectory(run.url.appending(path: "baseline").path)
        let directory = run.url.appending(path: Self.metricsPath)
        for (path, bytes) in metrics {
            let file = directory.appending(path: path)
            try PrivateFile.makeDirectory(file.deletingLastPathComponent().path)
            try DurableFile.write(redactor.redact(bytes, for: .metrics), to: file)
        }
        try DurableFile.write(
            redactor.redact(json: [UInt8](try JSON.prettyData(history)), for: .documents),
            to: run.url.appending(path: Self.historyPath))
        // Last, since a run that goes on takes the baseline as saved when it finds the record.
        try DurableFile.write(
            redactor.redact(json: [UInt8](try JSON.prettyData(record)), for: .documents),
            to: run.url.appending(path: Self.path))
    }

    /// Every kept load under a directory by its path from there; none when there is no such directory.
    ///
    /// - Parameter limit: of all together, in bytes; nil for those of a run of ours.
    private static func loads(under directory: URL, upTo limit: Int? = nil) throws -> [String: [UInt8]] {
        let names = FileManager.default.enumerator(atPath: directory.path)?.compactMap { $0 as? String } ?? []
        var files: [String: [UInt8]] = [:]
        var total = 0
        for name in names where LoadArchive.isLoad(name) {
            let data = try OutsideJSON.data(of: directory.appending(path: name))
            total += data.count
            if let limit, total > limit {
                throw BundleError(.tooLarge, "metrics", "holds loads of more than \(limit >> 20) MiB")
            }
            files[name] = [UInt8](data)
        }
        return files
    }
}

/// The baseline that was asked for cannot be read.
public struct BaselineError: Error, CustomStringConvertible {
    let bundle: String
    let reason: String

    public var description: String {
        "the baseline \(bundle) cannot be used: \(reason). Give a bundle that `plumbline verify` accepts"
    }
}
