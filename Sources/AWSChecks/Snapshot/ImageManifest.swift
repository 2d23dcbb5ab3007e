import Formats
import Foundation

/// The manifest of an image or of an index of images (OCI image specification; Docker's schema 1 and 2).
struct ImageManifest {
    private struct Document: Decodable {
        struct Platform: Decodable {
            let os: String?
            let architecture: String?
        }
        struct Part: Decodable {
            let digest: String?
            let platform: Platform?
        }
        let manifests: [Part]?
        let config: Part?
        /// Only in manifests of the first schema, and in configurations.
        let architecture: String?
        let os: String?
    }

    private let document: Document?

    init(_ text: String) { document = try? JSON.decode(Document.self, from: Data(text.utf8)) }

    var isIndex: Bool { document?.manifests != nil }

    /// `linux/amd64`, …: those that an index lists. A single manifest names none, its configuration does.
    var platforms: [String] {
        if let architecture = document?.architecture { return ["linux/" + architecture] }
        return (document?.manifests ?? []).compactMap { $0.platform.flatMap(Self.text) }
    }

    /// The digests of the images of an index.
    var members: [String] { (document?.manifests ?? []).compactMap(\.digest) }

    /// The digest of a single image's configuration.
    var configuration: String? { document?.config?.digest }

    private static func text(_ platform: Document.Platform) -> String? {
        // Attestations stand in an index as images for an unknown platform.
        guard let architecture = platform.architecture, architecture != "unknown" else { return nil }
        return (platform.os ?? "linux") + "/" + architecture
    }

    /// The platform that an image's configuration names.
    static func platform(inConfiguration bytes: [UInt8]) -> String? {
        guard let document = try? JSON.decode(Document.self, from: Data(bytes)), let own = document.architecture else {
            return nil
        }
        return (document.os ?? "linux") + "/" + own
    }
}
