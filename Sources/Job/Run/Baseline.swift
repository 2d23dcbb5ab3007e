import ArtifactBundle
import Foundation
import RunModel

/// The earlier run that a run is compared with. It is kept in the run's directory, so that documents can be made again without it.
public struct Baseline: Sendable {
    let record: RunRecord

    static let path = "baseline/record.json"

    /// Reads the record out of an earlier bundle.
    public static func load(bundle: String) async throws(BaselineError) -> Baseline {
        do {
            let bytes = try await BundleReader(URL(fileURLWithPath: bundle)).bytes(of: "journal.jsonl")
            return Baseline(record: try RunRecord(try JournalFormat.read(bytes, path: bundle).entries, path: bundle))
        } catch {
            throw BaselineError(bundle: bundle, reason: "\(error)")
        }
    }

    /// The newest finished run of a state directory, other than the given one.
    static func newest(in state: StateDirectory, before run: RunID) -> Baseline? {
        for directory in state.runs.reversed() where directory.url.lastPathComponent < run.rawValue {
            guard let entries = try? Journal.entries(path: directory.journalPath), entries.isFinished,
                let record = try? RunRecord(entries, path: directory.journalPath), record.interruption == nil
            else { continue }
            return Baseline(record: record)
        }
        return nil
    }

    static func load(from run: RunDirectory) throws -> Baseline? {
        guard let data = try? Data(contentsOf: run.url.appending(path: path)) else { return nil }
        return Baseline(record: try JSON.decode(RunRecord.self, from: data))
    }

    func save(to run: RunDirectory) throws {
        try FileManager.default.createDirectory(
            at: run.url.appending(path: "baseline"), withIntermediateDirectories: true)
        try DurableFile.write([UInt8](try JSON.prettyData(record)), to: run.url.appending(path: Self.path))
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
