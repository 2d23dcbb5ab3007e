import AWSChecks
import Durable
import Formats
import Foundation
import RunModel
import Secrets

/// The AWS snapshot in a run's directory: `aws/<item>.json` for each item, `aws/expectations.json` for what the checks hold
/// it against, and `metrics/changes.json`. Everything is redacted before it is written.
struct SnapshotFolder: AWSSnapshotArchive {
    let run: RunDirectory
    let redactor: Redactor

    private var expectationsFile: URL { run.awsDirectory.appending(path: "expectations.json") }

    private func file(of item: AWSItem) -> URL { run.awsDirectory.appending(path: "\(item.rawValue).json") }

    func contents() throws -> (parts: [AWSItem: AWSSnapshot], expectations: AWSExpectations)? {
        let files = FileManager.default
        guard files.fileExists(atPath: expectationsFile.path) else { return nil }
        var parts: [AWSItem: AWSSnapshot] = [:]
        for item in AWSItem.allCases where files.fileExists(atPath: file(of: item).path) {
            parts[item] = try decoded(AWSSnapshot.self, from: file(of: item))
        }
        return (parts, try decoded(AWSExpectations.self, from: expectationsFile))
    }

    private func decoded<Value: Decodable>(_ type: Value.Type, from file: URL) throws -> Value {
        do { return try OutsideJSON.decode(type, from: file) } catch {
            throw SnapshotProblem.unreadable(file: "aws/\(file.lastPathComponent)", reason: "\(error)")
        }
    }

    func begin(_ expectations: AWSExpectations) throws {
        let files = FileManager.default
        try PrivateFile.makeDirectory(run.awsDirectory.path)
        for name in try files.contentsOfDirectory(atPath: run.awsDirectory.path) {
            try files.removeItem(at: run.awsDirectory.appending(path: name))
        }
        try DurableFile.write(try redacted(expectations), to: expectationsFile)
    }

    /// Forgets what was collected: it shows a target that is no longer there.
    func discard() throws {
        let files = FileManager.default
        for name in (try? files.contentsOfDirectory(atPath: run.awsDirectory.path)) ?? [] {
            try files.removeItem(at: run.awsDirectory.appending(path: name))
        }
    }

    func keep(_ part: AWSSnapshot, of item: AWSItem) throws -> AWSSnapshot {
        let bytes = try redacted(part)
        try DurableFile.write(bytes, to: file(of: item))
        return try JSON.decode(AWSSnapshot.self, from: Data(bytes.bytes))
    }

    func keep(_ changes: ChangeRecord) throws {
        try DurableFile.write(try redacted(changes), to: URL(fileURLWithPath: run.changesPath))
    }

    /// Text by text, so that what is left out of one text cannot take the next one with it.
    private func redacted(_ value: some Encodable) throws -> RedactedBytes {
        redactor.redact(json: [UInt8](try JSON.prettyData(value)), for: .snapshot)
    }
}

/// Why the checks over a snapshot cannot be run again.
public enum SnapshotProblem: Error, Sendable, CustomStringConvertible {
    case unreadable(file: String, reason: String)
    case missing(run: RunID)

    public var description: String {
        switch self {
        case .unreadable(let file, let reason): "\(file) cannot be read: \(reason)"
        case .missing(let run):
            "run \(run) kept no AWS snapshot (aws/expectations.json): it asked AWS nothing, or an older build made it"
        }
    }
}
