import ArtifactBundle
import Foundation
import RunModel
import Secrets

/// Makes the documents and the bundle of a run again, from its directory alone.
public struct Rendering: Sendable {
    public let documents: DocumentSet
    /// Of this program, for the bundle's manifest.
    public let build: String
    /// For bundles that are read.
    public let limits: BundleReading

    public init(documents: DocumentSet, build: String, limits: BundleReading = .untrusted) {
        self.documents = documents
        self.build = build
        self.limits = limits
    }

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
    ///
    /// - Throws: `BundleError` or ``JournalError`` for one that is damaged or too large.
    public static func record(ofBundle path: String, limits: BundleReading = .untrusted) async throws -> RunRecord {
        try await Scratch.withDirectory { scratch in
            let run = RunDirectory(url: scratch.appending(path: "run"))
            try await limits.reader(of: path).extract(to: run.url) { $0 == RunDirectory.journalName }
            return try record(of: run, from: path, limits)
        }
    }

    /// The record of a run that was unpacked from a bundle.
    static func record(of run: RunDirectory, from bundle: String, _ limits: BundleReading) throws -> RunRecord {
        guard let record = try limits.account(of: run, from: bundle).record else {
            throw JournalError.headless(path: bundle)
        }
        return record
    }

    /// Writes the bundle of a run into a directory.
    public func bundle(of run: RunDirectory, to output: URL, redactor: Redactor = .current) async throws
        -> BundleReceipt
    {
        let record = try Self.record(of: run)
        let rendered = try documents.render(
            record, of: run, baseline: try Baseline.load(from: run), redactor: redactor)
        return try await bundle(of: run, record, rendered, to: output, redactor, isFromBundle: false)
    }

    /// Writes the bundle of the run that another bundle holds.
    public func bundle(ofBundle path: String, to output: URL) async throws -> BundleReceipt {
        try await Scratch.withDirectory { scratch in
            let run = try await unpacked(path, in: scratch)
            let record = try Self.record(of: run, from: path, limits)
            let rendered = try await documents(of: run, record)
            return try await bundle(of: run, record, rendered, to: output, .current, isFromBundle: true)
        }
    }

    private func bundle(
        of run: RunDirectory, _ record: RunRecord, _ rendered: [String: RedactedBytes], to output: URL,
        _ redactor: Redactor, isFromBundle: Bool
    ) async throws -> BundleReceipt {
        try await BundleAssembly(
            run: run, record: record, documents: rendered, renderer: documents.renderer(build: build),
            isFromBundle: isFromBundle
        ).write(to: output, redactor: redactor)
    }

    /// The documents of a run that was unpacked from a bundle, by their path.
    ///
    /// - Throws: ``RenderingTimeout`` for one that takes longer to render than anybody waits.
    func documents(of run: RunDirectory, _ record: RunRecord) async throws -> [String: RedactedBytes] {
        let documents = documents
        let redactor = Redactor.current
        let made = await LimitedWork.run(within: limits.rendering) {
            try documents.render(record, of: run, baseline: try Baseline.load(from: run), redactor: redactor)
        }
        guard let made else { throw RenderingTimeout(patience: limits.rendering) }
        return try made.get()
    }

    /// The same with the state files: all that follows from the journal.
    func files(of run: RunDirectory, _ record: RunRecord) async throws -> [String: [UInt8]] {
        let made = try await documents(of: run, record)
        let states = try StateFile.files(of: record, documents: Array(made.keys), redactor: .current)
        return made.merging(states) { $1 }.mapValues(\.bytes)
    }

    /// What a bundle holds of its run, without what another build made of it.
    func unpacked(_ path: String, in scratch: URL) async throws -> RunDirectory {
        let run = RunDirectory(url: scratch.appending(path: "run"))
        try await limits.reader(of: path).extract(to: run.url) { path in
            path == RunDirectory.journalName || path.hasPrefix("evidence/") || RunDirectory.isKept(path)
        }
        return run
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
            let copy = RunDirectory(url: scratch.appending(path: run.url.lastPathComponent))
            try FileManager.default.copyItem(at: run.url, to: copy.url)
            return try await recheckedBundle(ofScratch: copy, to: output, now: now)
        }
    }

    /// The same for the run that a bundle holds.
    public func recheckedBundle(
        ofBundle path: String, to output: URL, now: @escaping @Sendable () -> Date = { Date() }
    ) async throws -> Recheck {
        try await Scratch.withDirectory { scratch in
            let run = try await unpacked(path, in: scratch)
            // Before it is read without limits.
            _ = try Self.record(of: run, from: path, limits)
            return try await recheckedBundle(ofScratch: run, to: output, now: now)
        }
    }

    private func recheckedBundle(
        ofScratch run: RunDirectory, to output: URL, now: @escaping @Sendable () -> Date
    ) async throws -> Recheck {
        let differences = try SnapshotRecheck(run: run).perform(now: now)
        return Recheck(receipt: try await bundle(of: run, to: output), differences: differences)
    }
}

/// A run from outside whose documents take longer to make than anybody waits.
public struct RenderingTimeout: Error, CustomStringConvertible {
    let patience: Duration?

    public var description: String {
        "making the documents takes longer than \(patience?.components.seconds ?? 0) s, so they were not made. "
            + "A bundle that you know to be yours can be rendered with --large"
    }
}
