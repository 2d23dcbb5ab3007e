/// The shared configuration and credentials files: profiles with their settings.
struct SharedConfiguration: Sendable {
    private(set) var profiles: [String: [String: String]] = [:]
    /// Sections `[sso-session NAME]`.
    private(set) var sessions: [String: [String: String]] = [:]

    /// Reads both files; a missing file counts as empty. Settings of the credentials file win.
    init(surroundings: CredentialSurroundings) {
        let environment = surroundings.environment
        let folder = surroundings.homeDirectory + "/.aws/"
        let configuration = environment["AWS_CONFIG_FILE"].nonEmpty ?? folder + "config"
        let credentials = environment["AWS_SHARED_CREDENTIALS_FILE"].nonEmpty ?? folder + "credentials"
        for (section, settings) in Self.sections(of: surroundings.readFile(configuration) ?? "") {
            if section == "default" {
                merge(settings, into: section)
            } else if section.hasPrefix("profile ") {
                merge(settings, into: String(section.dropFirst(8)).trimmed)
            } else if section.hasPrefix("sso-session ") {
                sessions[String(section.dropFirst(12)).trimmed, default: [:]].merge(settings) { _, later in later }
            }
        }
        for (section, settings) in Self.sections(of: surroundings.readFile(credentials) ?? "") {
            merge(settings, into: section)
        }
    }

    /// What the profile in use says of endpoints, as the variables of the same meaning.
    static func endpointChoices(_ surroundings: CredentialSurroundings) -> [String: String] {
        let profile = surroundings.environment["AWS_PROFILE"].nonEmpty ?? "default"
        let settings = SharedConfiguration(surroundings: surroundings).profiles[profile] ?? [:]
        var choices: [String: String] = [:]
        choices["AWS_USE_FIPS_ENDPOINT"] = settings["use_fips_endpoint"]
        choices["AWS_USE_DUALSTACK_ENDPOINT"] = settings["use_dualstack_endpoint"]
        return choices
    }

    private mutating func merge(_ settings: [String: String], into profile: String) {
        profiles[profile, default: [:]].merge(settings) { _, later in later }
    }

    /// Sections in file order. Indented lines (nested settings) and comments are passed over.
    static func sections(of text: String) -> [(name: String, settings: [String: String])] {
        var sections: [(name: String, settings: [String: String])] = []
        for line in text.split(whereSeparator: \.isNewline) {
            guard let first = line.first, !first.isWhitespace, first != "#", first != ";" else { continue }
            let content = String(line).trimmed
            if content.hasPrefix("["), let end = content.firstIndex(of: "]") {
                let name = content[content.index(after: content.startIndex)..<end]
                let words = name.split(whereSeparator: \.isWhitespace).joined(separator: " ")
                sections.append((words, [:]))
            } else if let equals = content.firstIndex(of: "="), !sections.isEmpty {
                let key = String(content[..<equals]).trimmed.lowercased()
                var value = String(content[content.index(after: equals)...]).trimmed
                // A comment may follow a value after white space.
                if let comment = value.firstRange(of: #/\s[#;]/#) {
                    value = String(value[..<comment.lowerBound]).trimmed
                }
                sections[sections.count - 1].settings[key] = value
            }
        }
        return sections
    }
}

extension String {
    /// Without white space at both ends.
    var trimmed: String {
        var text = self[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
