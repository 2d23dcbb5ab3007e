import ArtifactBundle
import Durable
import Formats
import Foundation
import PerformanceChecks
import RunModel

/// The earlier run that a run is compared with. It is kept in the run's directory, so that documents can be made again without it.
public struct Baseline: Sendable {
    let record: RunRecord
    /// The loads that it kept, by their path under `metrics/`.
    let metrics: [String: [UInt8]]

    static let path = "baseline/record.json"
    static let metricsPath = "baseline/metrics"

    /// Reads record and kept loads out of an earlier bundle.
    public static func load(bundle: String) async throws(BaselineError) -> Baseline {
        let scratch = FileManager.default.temporaryDirectory.appending(
            path: "plumbline-baseline-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: scratch) }
        do {
            _ = try await BundleReader(URL(fileURLWithPath: bundle)).extract(to: scratch)
            let run = RunDirectory(url: scratch)
            let record = try RunRecord(try Journal.entries(path: run.journalPath), path: bundle)
            return Baseline(record: record, metrics: try loads(under: run.metricsDirectory))
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
            return Baseline(record: record, metrics: metrics)
        }
        return nil
    }

    static func load(from run: RunDirectory) throws -> Baseline? {
        guard let data = try? Data(contentsOf: run.url.appending(path: path)) else { return nil }
        return Baseline(
            record: try JSON.decode(RunRecord.self, from: data),
            metrics: try loads(under: run.url.appending(path: metricsPath)))
    }

    func save(to run: RunDirectory) throws {
        try FileManager.default.createDirectory(
            at: run.url.appending(path: "baseline"), withIntermediateDirectories: true)
        let directory = run.url.appending(path: Self.metricsPath)
        for (path, bytes) in metrics {
            let file = directory.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try DurableFile.write(bytes, to: file)
        }
        // Last, since a run that goes on takes the baseline as saved when it finds the record.
        try DurableFile.write([UInt8](try JSON.prettyData(record)), to: run.url.appending(path: Self.path))
    }

    /// Every kept load under a directory by its path from there; none when there is no such directory.
    private static func loads(under directory: URL) throws -> [String: [UInt8]] {
        let names = FileManager.default.enumerator(atPath: directory.path)?.compactMap { $0 as? String } ?? []
        var files: [String: [UInt8]] = [:]
        for name in names where LoadArchive.isLoad(name) {
            files[name] = [UInt8](try Data(contentsOf: directory.appending(path: name)))
        }
        return files
    }
}

/// The baseline that was asked for cannot be read.
public struct BaselineError: Error, CustomStringConvertible {
    public let bundle: String
    public let reason: String

    public var description: String {
        "the baseline \(bundle) cannot be used: \(reason). Give a bundle that `plumbline verify` accepts"
    }
}
