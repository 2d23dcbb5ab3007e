import Durable
import Foundation
import ObjectStorage

/// Gets the bundle of a run out of the state.
public struct BundleFetch: Sendable {
    private let store: any ObjectStore

    public init(store: any ObjectStore) { self.store = store }

    struct Problem: Error, CustomStringConvertible {
        public let description: String
    }

    /// - Returns: the path of the bundle, which has the SHA-256 that the result names.
    public func fetch(_ result: Submission.Result, to directory: String) async throws -> String {
        guard !result.bundle.isEmpty, !result.bundle.contains("/"), !result.bundle.hasPrefix(".") else {
            throw Problem(description: "the result names the bundle ‘\(result.bundle)’, which is no name of a file")
        }
        let folder = URL(fileURLWithPath: directory, isDirectory: true)
        try PrivateFile.makeDirectory(folder.path)
        let file = folder.appending(path: result.bundle)
        let temporary = DurableFile.temporaryName(for: file)
        guard let digest = try await store.download("bundles/\(result.bundle)", to: temporary, atMost: .max) else {
            throw Problem(description: "there is no bundles/\(result.bundle)")
        }
        guard digest == result.sha256 else {
            try? FileManager.default.removeItem(atPath: temporary)
            throw Problem(
                description: "bundles/\(result.bundle): expected SHA-256 \(result.sha256), got \(digest)")
        }
        try DurableFile.put(temporary, to: file)
        try Data("\(digest)  \(result.bundle)\n".utf8).write(
            to: folder.appending(path: result.bundle + ".sha256"), options: .atomic)
        return file.path
    }
}
