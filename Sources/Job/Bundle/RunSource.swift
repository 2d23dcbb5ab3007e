import ArtifactBundle
import Formats
import Foundation
import RunModel

/// A run as a user names it: a bundle, a folder that a bundle was unpacked to, or a state directory, of which it is the newest run.
public struct RunSource: Sendable {
    public let record: RunRecord
    /// The earlier run that it was compared with, if it kept one.
    public let baseline: RunRecord?
    /// What is kept of the runs before it.
    public let history: RunHistory
    public let changes: ChangeRecord?
    /// Runs of the same state directory before it, oldest first; none for a bundle.
    public let earlier: [RunRecord]

    /// - Throws: ``RunSourceError`` when nothing is there, `BundleError` or ``JournalError`` for what is damaged.
    public static func open(_ path: String, limits: BundleReading) async throws -> RunSource {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw RunSourceError(path: path)
        }
        guard isDirectory.boolValue else {
            return try await Scratch.withDirectory { scratch in
                let run = RunDirectory(url: scratch.appending(path: "run"))
                let wanted = [RunDirectory.journalName, RunDirectory.changesName, Baseline.path, Baseline.historyPath]
                try await limits.reader(of: path).extract(to: run.url) { wanted.contains($0) }
                return try source(of: run, at: path, limits, earlier: [])
            }
        }
        let folder = RunDirectory(url: URL(fileURLWithPath: path, isDirectory: true))
        if FileManager.default.fileExists(atPath: folder.journalPath) {
            return try source(of: folder, at: path, limits, earlier: [])
        }
        let runs = StateDirectory(url: folder.url).runs
        guard let newest = runs.last else { throw StateError.noRun(path: path) }
        let earlier = runs.dropLast().compactMap { try? Rendering.record(of: $0) }
        return try source(of: newest, at: path, limits, earlier: earlier)
    }

    private static func source(
        of run: RunDirectory, at path: String, _ limits: BundleReading, earlier: [RunRecord]
    ) throws -> RunSource {
        let baseline = try Baseline.load(from: run)
        let record = try Rendering.record(of: run, from: path, limits)
        return RunSource(
            record: record, baseline: baseline?.record,
            history: baseline?.runs(before: record) ?? RunHistory(),
            changes: try run.changes(), earlier: earlier)
    }
}

/// Nothing is where a run was named.
public struct RunSourceError: Error, CustomStringConvertible {
    let path: String

    public var description: String {
        "there is no \(path); name a bundle (plumbline-….tar.gz), the folder it was unpacked to, or a state directory"
    }
}

extension Rendering {
    /// One document of the run that a bundle, an unpacked bundle or a state directory holds, made again.
    ///
    /// - Parameter document: its path in the bundle.
    public func document(_ document: String, of path: String) async throws -> [UInt8]? {
        try await withRun(at: path) { run in
            try await documents(of: run, try Self.record(of: run, from: path, limits))[document]?.bytes
        }
    }

    /// Works on the run that a bundle, an unpacked bundle or a state directory holds; of a state directory the newest.
    func withRun<Value>(
        at path: String, _ work: (RunDirectory) async throws -> Value
    ) async throws -> Value {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw RunSourceError(path: path)
        }
        guard isDirectory.boolValue else {
            return try await Scratch.withDirectory { scratch in try await work(try await unpacked(path, in: scratch)) }
        }
        let folder = RunDirectory(url: URL(fileURLWithPath: path, isDirectory: true))
        let isRun = FileManager.default.fileExists(atPath: folder.journalPath)
        return try await work(isRun ? folder : Self.directory(in: path, run: nil))
    }
}
