/// What `valueFrom` of a container's secret names: a secret or a field of it, or a parameter.
struct SecretReference: Hashable {
    let text: String
    private let parts: [String]

    init(_ text: String) {
        self.text = text
        parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    }

    private var isARN: Bool { parts.count >= 6 && parts[0] == "arn" }

    /// `arn:…:secret:NAME-xxxxxx`, without field, stage and version; nil for parameters.
    var secretARN: String? {
        isARN && parts.count >= 7 && parts[2] == "secretsmanager" ? parts[..<7].joined(separator: ":") : nil
    }

    /// The member of the secret's JSON that is read; nil for the whole text.
    var field: String? { secretARN != nil && parts.count > 7 && !parts[7].isEmpty ? parts[7] : nil }

    /// Whether one version is named, so that a later one changes nothing.
    var isPinned: Bool { secretARN != nil && parts.count > 9 && !parts[9].isEmpty }

    var isParameter: Bool { secretARN == nil }

    /// The names that a parameter may have: its ARN leaves out the slash at the beginning.
    var parameterNames: [String] {
        guard isParameter else { return [] }
        guard isARN else { return [text] }
        let path = parts[5...].joined(separator: ":").split(separator: "/", maxSplits: 1).last.map(String.init) ?? ""
        return path.contains("/") ? ["/" + path] : [path, "/" + path]
    }

    /// The region of its ARN; nil for a parameter that is given by its name.
    var region: String? { Self.region(ofARN: text) }

    /// The account of its ARN.
    var account: String? { isARN ? parts[4] : nil }

    static func region(ofARN arn: String) -> String? {
        let parts = arn.split(separator: ":", maxSplits: 4, omittingEmptySubsequences: false)
        return parts.count > 3 && parts[0] == "arn" && !parts[3].isEmpty ? String(parts[3]) : nil
    }
}
