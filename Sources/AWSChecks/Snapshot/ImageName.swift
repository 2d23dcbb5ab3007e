import Formats
import Foundation

/// The parts of `registry/repository:tag@digest`.
struct ImageName: Hashable {
    let registry: String
    let repository: String
    let tag: String?
    let digest: String?

    init(_ text: String) {
        var rest = text[...]
        if let at = rest.firstIndex(of: "@") {
            digest = String(rest[rest.index(after: at)...])
            rest = rest[..<at]
        } else {
            digest = nil
        }
        let lastSlash = rest.lastIndex(of: "/") ?? rest.startIndex
        if let colon = rest[lastSlash...].lastIndex(of: ":") {
            tag = String(rest[rest.index(after: colon)...])
            rest = rest[..<colon]
        } else {
            tag = digest == nil ? "latest" : nil
        }
        if let slash = rest.firstIndex(of: "/"), rest[..<slash].contains(where: { ".:".contains($0) }) {
            registry = String(rest[..<slash])
            repository = String(rest[rest.index(after: slash)...])
        } else {
            registry = ""
            repository = String(rest)
        }
    }

    var isElasticRegistry: Bool { registry.contains(".dkr.ecr.") }

    private struct Manifest: Decodable {
        struct Entry: Decodable {
            struct Platform: Decodable {
                let os: String?
                let architecture: String?
            }
            let platform: Platform?
        }
        let manifests: [Entry]?
        /// Only in manifests of the first schema.
        let architecture: String?
    }

    /// The platforms that an image index lists; a plain manifest names none, its configuration does.
    static func platforms(inManifest text: String) -> [String] {
        guard let manifest = try? JSON.decode(Manifest.self, from: Data(text.utf8)) else { return [] }
        if let architecture = manifest.architecture { return ["linux/" + architecture] }
        return (manifest.manifests ?? []).compactMap { entry in
            guard let platform = entry.platform, let architecture = platform.architecture, architecture != "unknown"
            else {
                return nil
            }
            return (platform.os ?? "linux") + "/" + architecture
        }
    }
}
