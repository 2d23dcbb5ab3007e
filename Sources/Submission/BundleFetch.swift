import Formats
import Foundation
import ObjectStorage

/// Gets the bundle of a run out of the state.
public struct BundleFetch: Sendable {
    private let store: any ObjectStore

    public init(store: any ObjectStore) { self.store = store }

    public struct Problem: Error, CustomStringConvertible {
        public let description: String
    }

    /// - Returns: the path of the bundle, which has the SHA-256 that the result names.
    public func fetch(_ result: Submission.Result, to directory: String) async throws -> String {
        guard !result.bundle.isEmpty, !result.bundle.contains("/"), !result.bundle.hasPrefix(".") else {
            throw Problem(description: "the result names the bundle ‘\(result.bundle)’, which is no name of a file")
        }
        guard let object = try await store.get("bundles/\(result.bundle)") else {
            throw Problem(description: "there is no bundles/\(result.bundle)")
        }
        let digest = Digest.sha256Hex(of: object.bytes)
        guard digest == result.sha256 else {
            throw Problem(
                description: "bundles/\(result.bundle): expected SHA-256 \(result.sha256), got \(digest)")
        }
        let folder = URL(fileURLWithPath: directory, isDirectory: true)
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let file = folder.appending(path: result.bundle)
        try Data(object.bytes).write(to: file, options: .atomic)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        try Data("\(digest)  \(result.bundle)\n".utf8).write(
            to: folder.appending(path: result.bundle + ".sha256"), options: .atomic)
        return file.path
    }
}
