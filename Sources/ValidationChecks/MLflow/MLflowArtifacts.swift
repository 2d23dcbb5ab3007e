import CheckKit
import Formats
import MLflowClient
import RunModel
import Settings

/// Artifacts through the server: upload, list, download, compare byte for byte (contract §3.4).
struct MLflowArtifacts: CheckFamily {
    func checks(for configuration: Configuration) -> [any Check] {
        [
            Self.roundTrip(
                "ML-40", "An empty artifact comes back as it was sent", sizes: [("empty.bin", 0)], isCritical: false),
            Self.roundTrip(
                "ML-41", "An artifact of 1 MiB comes back as it was sent", sizes: [("one.bin", 1 << 20)],
                isCritical: true),
            Self.roundTrip(
                "ML-42", "An artifact of 64 MiB comes back as it was sent", sizes: [("large.bin", 64 << 20)],
                isCritical: false),
            Self.roundTrip(
                "ML-43", "Artifacts with special characters in their names come back as they were sent",
                sizes: Self.specialNames.map { ($0, 100) },
                isCritical: false),
            Self.roundTrip(
                "ML-46", "An artifact whose name is not ASCII comes back as it was sent",
                sizes: [("ümläut 模型.txt", 100)], isCritical: false,
                severity: .low,
                intent:
                    "MLflow 2.9 to 3.9 store such a file and answer 500 to its download: their header cannot hold the name."
            ),
            Self.listing, Self.overwriting,
        ]
    }

    static let specialNames = [
        "with space.txt", "plus+and&.txt", "semi;colon=.txt", "(brackets)'s.txt", "deep/er/file.txt",
    ]

    private static let remediation = Remediation(
        summary:
            "503: switch artifact serving on. 500: give the server an artifacts destination. AccessDenied: the task role's policy.",
        command: "aws logs tail \"/ecs/$MLFLOW_SERVICE\" --since 10m --filter-pattern artifact",
        terraform:
            "command = [\"--serve-artifacts\", \"--artifacts-destination\", \"s3://${aws_s3_bucket.artifacts.bucket}/artifacts\"]"
    )

    static func roundTrip(
        _ id: CheckID, _ title: String, sizes: [(name: String, size: Int)], isCritical: Bool,
        severity: Severity = .medium, intent: String = "A model that cannot be read back is lost."
    ) -> MLflowCheck {
        MLflowCheck(
            id: id, title: title, intent: intent,
            procedure:
                "PUT \(sizes.map { "\($0.name) (\($0.size) bytes)" }.joined(separator: ", ")), GET, compare every byte, DELETE.",
            severity: isCritical ? .critical : severity, isCritical: isCritical, writes: true, deadline: .seconds(120),
            risk: "Models cannot be stored.", remediation: remediation
        ) { context in
            try await MLflowWorkspace.with(context) { space in
                let run = try await space.createRun()
                let root = try space.storePath(of: run)
                try await space.willUpload(sizes.map { "\(root)/\($0.name)" }, of: run)
                var client = space.client
                client.deadline = .seconds(60)
                return try await transfer(sizes, root, client, context)
            }
        }
    }

    private static func transfer(
        _ sizes: [(name: String, size: Int)], _ root: String, _ client: MLflowClient, _ context: CheckContext
    ) async throws -> Outcome {
        var problems: [String] = []
        var changes = ArtifactChanges()
        var told: [String] = []
        for (index, (name, size)) in sizes.enumerated() {
            let sent = PatternedBytes.make(size, seed: UInt64(index + 1) &* 7919)
            let path = "\(root)/\(name)"
            let start = ContinuousClock.now
            try await context.mlflowCalls("upload \(name)") { () async throws(MLflowError) in
                try await client.uploadArtifact(sent, to: path)
            }
            let uploaded = ContinuousClock.now
            do throws(MLflowError) {
                let received = try await client.downloadArtifact(path, maximumBytes: size + 1024)
                if received != sent {
                    changes.note(.content, of: name)
                    problems.append("\(name): \(received.count) bytes that differ from the \(sent.count) sent")
                }
            } catch {
                problems.append("\(name): \(error.status ?? 0) \(error.message)")
                changes.note(.missing, of: name)
            }
            let done = ContinuousClock.now
            if size >= 1 << 20 {
                let megabytes = Double(size) / 1e6
                let labels = ["size": "\(size)"]
                context.recorder.measure(
                    Metric("artifact.upload", (uploaded - start).seconds, .seconds, labels: labels))
                context.recorder.measure(
                    Metric("artifact.download", (done - uploaded).seconds, .seconds, labels: labels))
                told.append(
                    "\((megabytes / max((uploaded - start).seconds, 0.001)).wholeText) MB/s up, \((megabytes / max((done - uploaded).seconds, 0.001)).wholeText) MB/s down"
                )
            }
        }
        guard problems.isEmpty else {
            return .failed(
                changes.symptom,
                "artifacts come back changed or not at all", expected: "the bytes that were sent",
                got: problems.joined(separator: "; "))
        }
        return .passed("\(sizes.count) files, byte for byte\(told.isEmpty ? "" : "; " + told.joined(separator: ", "))")
    }

    static let listing = MLflowCheck(
        id: "ML-44", title: "A run's artifacts are listed with their sizes",
        intent: "The tracking server and the artifact store must look at the same place.",
        procedure: "Upload two files in two directories, list both levels by run and by path.", writes: true,
        remediation: remediation
    ) { context in
        try await MLflowWorkspace.with(context) { space in
            let run = try await space.createRun()
            let root = try space.storePath(of: run)
            try await space.willUpload(["\(root)/a.txt", "\(root)/sub/b.txt"], of: run)
            let (client, id) = (space.client, run.info.run_id)
            let (top, sub, stored) = try await context.mlflowCalls("list artifacts") { () async throws(MLflowError) in
                try await client.uploadArtifact(PatternedBytes.make(10, seed: 1), to: "\(root)/a.txt")
                try await client.uploadArtifact(PatternedBytes.make(20, seed: 2), to: "\(root)/sub/b.txt")
                return (
                    try await client.artifacts(of: id), try await client.artifacts(of: id, path: "sub"),
                    try await client.storedArtifacts(path: root)
                )
            }
            var problems: [String] = []
            if !top.contains(where: { $0.path == "a.txt" && $0.size == 10 }) {
                problems.append("a.txt of 10 bytes is not listed")
            }
            if !top.contains(where: { $0.path == "sub" && $0.is_dir == true }) {
                problems.append("the directory sub is not listed")
            }
            if !sub.contains(where: { $0.path == "sub/b.txt" && $0.size == 20 }) {
                problems.append("sub/b.txt of 20 bytes is not listed")
            }
            if stored.count != 2 { problems.append("the store lists \(stored.count) entries") }
            return problems.isEmpty
                ? .passed("both levels, with sizes")
                : .failed(
                    .artifactChanged(.listing),
                    "the list differs from what was uploaded", expected: "a.txt and sub/b.txt",
                    got: problems.joined(separator: "; "))
        }
    }

    static let overwriting = MLflowCheck(
        id: "ML-45", title: "An artifact can be replaced and deleted",
        intent:
            "A retry of an upload must leave the second content. MLflow 2.9 deletes folders but no files where its store is a directory.",
        procedure: "Upload twice under one name, read, delete, read again (must be refused).", severity: .low,
        writes: true, remediation: remediation
    ) { context in
        try await MLflowWorkspace.with(context) { space in
            let run = try await space.createRun()
            let path = "\(try space.storePath(of: run))/same.bin"
            try await space.willUpload([path], of: run)
            let client = space.client
            let read = try await context.mlflowCalls("replace an artifact") { () async throws(MLflowError) in
                try await client.uploadArtifact(PatternedBytes.make(500, seed: 1), to: path)
                try await client.uploadArtifact(PatternedBytes.make(300, seed: 2), to: path)
                let read = try await client.downloadArtifact(path)
                try await client.deleteArtifact(path)
                return read
            }
            guard read == PatternedBytes.make(300, seed: 2) else {
                return .failed(
                    .artifactChanged(.stale),
                    "the second upload did not replace the first", expected: "300 bytes", got: "\(read.count) bytes")
            }
            do throws(MLflowError) {
                let left = try await client.downloadArtifact(path)
                return .failed(
                    .artifactChanged(.stale), "a deleted artifact is still served", expected: "404",
                    got: "\(left.count) bytes")
            } catch {
                // MLflow 3 answers 500 where 404 is meant; either way the file is gone.
                guard let status = error.status, status == 404 || status == 500 else {
                    return .failed(
                        .mlflow(error), "a deleted artifact is answered otherwise", expected: "404",
                        got: error.description)
                }
                return .passed("replaced, deleted, then \(status)")
            }
        }
    }
}

/// What became of a set of artifacts, and what that says together.
struct ArtifactChanges: Sendable {
    private var changed: [(name: String, change: ArtifactChange)] = []

    mutating func note(_ change: ArtifactChange, of name: String) { changed.append((name, change)) }

    /// Other bytes under any name are damage. Only names beyond ASCII that do not come back: their encoding.
    var symptom: Symptom {
        if changed.contains(where: { $0.change == .content }) { return .artifactChanged(.content) }
        return .artifactChanged(changed.allSatisfy { !$0.name.allSatisfy(\.isASCII) } ? .nameEncoding : .missing)
    }
}
