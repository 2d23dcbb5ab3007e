import ArtifactBundle
import Foundation
import RunModel
import Secrets

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
        let rendered = try documents.render(record, of: run, baseline: try Baseline.load(from: run))
        return try await BundleAssembly(run: run, record: record, documents: rendered).write(
            to: output, redactor: redactor)
    }

    /// Writes the bundle of the run that another bundle holds.
    public func bundle(ofBundle path: String, to output: URL) async throws -> BundleReceipt {
        try await Scratch.withDirectory { scratch in
            let run = try await Self.run(ofBundle: path, in: scratch)
            return try await bundleOfScratch(run, to: output)
        }
    }

    /// What a bundle holds of its run; what it holds of documents is taken away by ``bundleOfScratch(_:to:)``.
    private static func run(ofBundle path: String, in scratch: URL) async throws -> RunDirectory {
        let directory = scratch.appending(path: "run")
        _ = try await BundleReader(URL(fileURLWithPath: path)).extract(to: directory)
        return RunDirectory(url: directory)
    }

    private func bundleOfScratch(_ run: RunDirectory, to output: URL) async throws -> BundleReceipt {
        let record = try Self.record(of: run)
        let rendered = try documents.render(record, of: run, baseline: try Baseline.load(from: run))
        try Self.removeDocuments(of: run.url, and: rendered.keys)
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

extension Rendering {
    /// A bundle in which the checks over the AWS snapshot were made again, and what they say now that they did not say before.
    public struct Recheck: Sendable {
        public let receipt: BundleReceipt
        public let differences: [SnapshotDifference]
    }

    /// Makes the checks over the AWS snapshot of a run again and writes the bundle that follows. The run stays as it is.
    ///
    /// - Throws: ``SnapshotProblem`` when the run kept no snapshot.
    public func recheckedBundle(
        of run: RunDirectory, to output: URL, now: @escaping @Sendable () -> Date = { Date() }
    ) async throws -> Recheck {
        try await Scratch.withDirectory { scratch in
            let copy = scratch.appending(path: run.url.lastPathComponent)
            try FileManager.default.copyItem(at: run.url, to: copy)
            return try await recheckedBundle(ofScratch: RunDirectory(url: copy), to: output, now: now)
        }
    }

    /// The same for the run that a bundle holds.
    public func recheckedBundle(
        ofBundle path: String, to output: URL, now: @escaping @Sendable () -> Date = { Date() }
    ) async throws -> Recheck {
        try await Scratch.withDirectory { scratch in
            let run = try await Self.run(ofBundle: path, in: scratch)
            return try await recheckedBundle(ofScratch: run, to: output, now: now)
        }
    }

    private func recheckedBundle(
        ofScratch run: RunDirectory, to output: URL, now: @escaping @Sendable () -> Date
    ) async throws -> Recheck {
        let differences = try SnapshotRecheck(run: run).perform(now: now)
        return Recheck(receipt: try await bundleOfScratch(run, to: output), differences: differences)
    }
}

/// A directory for a while.
private enum Scratch {
    static func withDirectory<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
        let directory = FileManager.default.temporaryDirectory.appending(path: "plumbline-render-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        return try await body(directory)
    }
}
