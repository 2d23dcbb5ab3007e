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

    var isElasticRegistry: Bool { place != nil }

    /// The account and the region of a private registry of AWS; nil for any other registry.
    var place: (account: String, region: String)? {
        guard let match = registry.firstMatch(of: #/^(\d+)\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\./#) else { return nil }
        return (String(match.1), String(match.2))
    }
}
