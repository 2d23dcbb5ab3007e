import Durable
import Foundation

/// A directory that gets its name only when everything in it has been compared. Used on one thread only.
final class BundleExtraction {
    private let target: URL
    private let temporary: URL
    private let limits: BundleLimits
    private var made: Set<String> = []
    /// Which entries are unpacked, by their paths.
    let isWanted: @Sendable (String) -> Bool

    /// - Throws: `inputOutput` when the directory exists or cannot be made.
    init(
        into target: URL, _ limits: BundleLimits, where isWanted: @escaping @Sendable (_ path: String) -> Bool
    ) throws(BundleError) {
        guard !FileManager.default.fileExists(atPath: target.path) else {
            throw BundleError(.inputOutput, target.path, "exists already; name a directory that does not")
        }
        self.target = target
        self.limits = limits
        self.isWanted = isWanted
        temporary = URL(filePath: PosixFile.temporarySibling(of: target.path))
        try makeDirectory(temporary)
    }

    /// Creates the file of an entry, whose path has been found harmless, with its directories.
    func create(_ path: String) throws(BundleError) -> PosixFile {
        let url = temporary.appending(path: path)
        try makeDirectory(url.deletingLastPathComponent())
        return try PosixFile(creating: url.path)
    }

    func store(_ manifest: BundleManifest) throws(BundleError) {
        let file = try create(BundlePath.manifest)
        try file.write(try manifest.encoded())
    }

    func complete() throws(BundleError) { try PosixFile.rename(temporary.path, to: target.path) }

    /// Removes what an extraction that failed has left.
    func removeRest() { try? FileManager.default.removeItem(at: temporary) }

    private func makeDirectory(_ url: URL) throws(BundleError) {
        guard made.insert(url.path).inserted else { return }
        guard made.count <= limits.directories else {
            throw BundleError(.tooLarge, target.path, "would hold more than \(limits.directories) directories")
        }
        do throws(DurableFile.WriteError) {
            try PrivateFile.makeDirectory(url.path)
        } catch {
            throw BundleError(.inputOutput, url.path, "cannot make the directory: \(error.reason)")
        }
    }
}
