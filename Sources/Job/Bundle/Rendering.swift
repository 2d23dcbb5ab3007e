import ArtifactBundle
import Foundation
import RunModel

/// Makes the documents and the bundle of a run again, from its directory alone.
public struct Rendering: Sendable {
    public let documents: DocumentSet

    public init(documents: DocumentSet) { self.documents = documents }

    /// The record of a run of a state directory.
    ///
    /// - Parameter run: nil takes the newest.
    public static func directory(in state: String, run: String?) throws -> RunDirectory {
        let directory = StateDirectory(url: URL(fileURLWithPath: state, isDirectory: true))
        let runs = directory.runs
        guard let found = run.map({ name in runs.first { $0.url.lastPathComponent == name } }) ?? runs.last else {
            throw StateError.noRun(path: state)
        }
        return found
    }

    public static func record(of run: RunDirectory) throws -> RunRecord {
        try RunRecord(try Journal.entries(path: run.journalPath), path: run.journalPath)
    }

    /// The record that a bundle holds.
    public static func record(ofBundle path: String) async throws -> RunRecord {
        let bytes = try await BundleReader(URL(fileURLWithPath: path)).bytes(of: "journal.jsonl")
        return try RunRecord(try JournalFormat.read(bytes, path: path + ":journal.jsonl").entries, path: path)
    }

    /// Writes the bundle of a run into a directory.
    public func bundle(of run: RunDirectory, to output: URL, redactor: Redactor = Redactor([])) async throws
        -> BundleReceipt
    {
        let record = try Self.record(of: run)
        let rendered = try documents.render(record, baseline: try Baseline.load(from: run))
        return try await BundleAssembly(run: run, record: record, documents: rendered).write(
            to: output, redactor: redactor)
    }

    /// Writes the bundle of the run that another bundle holds.
    public func bundle(ofBundle path: String, to output: URL) async throws -> BundleReceipt {
        let scratch = FileManager.default.temporaryDirectory.appending(path: "plumbline-render-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: scratch) }
        _ = try await BundleReader(URL(fileURLWithPath: path)).extract(to: scratch)
        let record = try Self.record(of: RunDirectory(url: scratch))
        let run = RunDirectory(url: scratch)
        let rendered = try documents.render(record, baseline: try Baseline.load(from: run))
        try Self.removeDocuments(of: scratch, and: rendered.keys)
        return try await BundleAssembly(run: run, record: record, documents: rendered).write(
            to: output, redactor: Redactor([]))
    }

    /// What another bundle rendered must not be packed as if it were part of the run, nor must the list of its contents.
    private static func removeDocuments(of directory: URL, and rendered: some Sequence<String>) throws {
        let files = FileManager.default
        let others = try files.contentsOfDirectory(atPath: directory.path)
            .filter { ["manifest.json", "reports", "repro"].contains($0) || $0.hasSuffix(".md") }
        for name in Set(rendered).union(others) { try? files.removeItem(at: directory.appending(path: name)) }
    }
}
