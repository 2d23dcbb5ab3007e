import Formats
import Foundation

/// The contents of `manifest.json`: what the bundle holds, so that a reader can tell whether it is whole.
public struct BundleManifest: Hashable, Sendable, Codable {
    /// The version that this build writes. It rises when a reader of an older version would be misled.
    public static let currentSchemaVersion = 2
    /// The versions that this build reads. Manifests of version 1 do not say what made the documents.
    public static let readableSchemaVersions = 1...currentSchemaVersion

    public var schemaVersion: Int
    public var runID: String
    public var environment: String
    /// What made the documents; nil in version 1.
    public var renderer: BundleRenderer?
    /// Sorted by path; the manifest itself is not among them.
    public var entries: [BundleEntry]
    /// SHA-256 of the manifest itself, written with this field empty, in lower-case hexadecimal: nothing else covers it.
    public private(set) var seal = ""

    public init(runID: String, environment: String, renderer: BundleRenderer, entries: [BundleEntry]) {
        self.schemaVersion = Self.currentSchemaVersion
        self.runID = runID
        self.environment = environment
        self.renderer = renderer
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

/// What made the documents of a bundle: only the same makes the same bytes.
public struct BundleRenderer: Hashable, Sendable, Codable {
    /// Version and digest of the program.
    public var build: String
    /// SHA-256 of the names and texts of all templates, in lower-case hexadecimal.
    public var templates: String

    public init(build: String, templates: String) {
        self.build = build
        self.templates = templates
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

    /// Whether the media type is the one that this build gives such a path.
    public var hasUsualMediaType: Bool { mediaType == MediaType.of(path: path) }
}
