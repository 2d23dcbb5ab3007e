import Durable
import Foundation

/// A directory for a while, for this user alone.
enum Scratch {
    static func withDirectory<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
        let folder = try WorkingFolder.make()
        defer { folder.remove() }
        return try await body(folder.url)
    }
}
