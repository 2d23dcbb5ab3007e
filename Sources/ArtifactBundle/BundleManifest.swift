import Formats
import Foundation

/// The contents of `manifest.json`: what the bundle holds, so that a reader can tell whether it is whole.
public struct BundleManifest: Hashable, Sendable, Codable {
    /// The version that this build writes. It rises when a reader of an older version would be misled.
    public static let currentSchemaVersion = 1

    public var schemaVersion: Int
    public var runID: String
    public var environment: String
    /// Sorted by path; the manifest itself is not among them.
    public var entries: [BundleEntry]
    /// SHA-256 of the manifest itself, written with this field empty, in lower-case hexadecimal: nothing else covers it.
    public private(set) var seal = ""

    public init(runID: String, environment: String, entries: [BundleEntry]) {
        self.schemaVersion = Self.currentSchemaVersion
        self.runID = runID
        self.environment = environment
        self.entries = entries
    }

    /// The manifest as it is written, with its seal.
    func sealed() throws(BundleError) -> BundleManifest {
        var manifest = self
        manifest.seal = ""
        manifest.seal = Digest.sha256Hex(of: try manifest.encoded())
        return manifest
    }

    /// The bytes of `manifest.json`.
    func encoded() throws(BundleError) -> [UInt8] {
        do {
            return Array(try JSON.prettyData(self))
        } catch {
            throw BundleError(.library, BundlePath.manifest, "cannot be encoded: \(error)")
        }
    }
}

/// One file of a bundle.
public struct BundleEntry: Hashable, Sendable, Codable {
    public var path: String
    /// In bytes.
    public var size: Int64
    /// Lower-case hexadecimal.
    public var sha256: String
    public var mediaType: String

    public init(path: String, size: Int64, sha256: String, mediaType: String) {
        self.path = path
        self.size = size
        self.sha256 = sha256
        self.mediaType = mediaType
    }
}
