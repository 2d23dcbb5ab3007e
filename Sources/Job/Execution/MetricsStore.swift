import CheckKit
import Durable
import Foundation
import PerformanceChecks
import RunModel
import Secrets

/// Keeps the loads of checks under `metrics/`, so that later runs can be compared with them.
struct MetricsStore: Sendable {
    let directory: URL
    let redactor: Redactor

    /// Replaces what an earlier attempt of the check left.
    ///
    /// - Throws: `DurableFile.WriteError`.
    func store(_ contents: Recorder.Contents, of check: CheckID) throws {
        let folder = directory.appending(path: check.rawValue)
        try? FileManager.default.removeItem(at: folder)
        guard !contents.loads.isEmpty else { return }
        try PrivateFile.makeDirectory(folder.path)
        for (path, bytes) in try LoadArchive.files(of: check, contents) {
            try DurableFile.write(redactor.redact(bytes, for: .metrics), to: directory.appending(path: path))
        }
    }
}
