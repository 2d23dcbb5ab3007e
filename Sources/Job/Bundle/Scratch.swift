import Durable
import Foundation

/// A directory for a while, for this user alone.
enum Scratch {
    static func withDirectory<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
        let directory = FileManager.default.temporaryDirectory.appending(path: "plumbline-\(UUID().uuidString)")
        try PrivateFile.makeDirectory(directory.path)
        defer { try? FileManager.default.removeItem(at: directory) }
        return try await body(directory)
    }
}
