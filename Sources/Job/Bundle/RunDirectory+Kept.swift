import ArtifactBundle
import Formats
import Foundation

extension RunDirectory {
    /// Whether a path of a bundle is that of a file which is kept as it is, since nothing can make it again from the journal: what was
    /// measured, what AWS said, the run it is compared with, the log, the undo log and the counts of what was masked.
    ///
    /// Evidence is kept too, and is named by the results themselves.
    static func isKept(_ path: String) -> Bool {
        keptFiles.contains(path) || keptFolders.contains { path.hasPrefix($0 + "/") }
    }

    private static let keptFiles = [undoHistoryName, maskingRecordName]
    private static let keptFolders = ["aws", "baseline", "logs", "metrics"]

    /// What a write that was cut off has left is not kept.
    private static func isWhole(_ path: String) -> Bool { !path.contains(".partial-") }

    /// The kept files, in the order of their paths.
    func keptContents() throws -> [BundleContent] {
        let files = FileManager.default
        var contents = Self.keptFiles.map { BundleContent(path: $0, file: url.appending(path: $0)) }
            .filter { files.fileExists(atPath: url.appending(path: $0.path).path) }
        for folder in Self.keptFolders { contents += try self.contents(of: folder) }
        return contents.filter { Self.isWhole($0.path) }.map { BundleContent(path: $0.path, file: bundled($0.path)) }
            .sorted { $0.path < $1.path }
    }

    /// The files of a folder of the run's directory; none when there is no such folder.
    func contents(of folder: String) throws -> [BundleContent] {
        let directory = url.appending(path: folder)
        guard FileManager.default.fileExists(atPath: directory.path) else { return [] }
        return try BundleContent.files(under: directory, prefix: folder + "/")
    }

    /// The SHA-256 of each kept file by its path, for the journal's last event.
    func keptDigests() throws -> [String: String] {
        var digests: [String: String] = [:]
        for content in try keptContents() { digests[content.path] = try content.sha256() }
        return digests
    }
}
