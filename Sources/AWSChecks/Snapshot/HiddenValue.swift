import AWSClient
import Secrets

/// Replaces what looks secret by a mark that changes when the value changes.
enum HiddenValue {
    private static let words = [
        "password", "passwd", "secret", "token", "apikey", "api_key", "api-key", "credential", "private", "dsn",
    ].map { Array($0.utf8) }

    /// Called for every parameter of every change: names are compared byte by byte, and the pattern of a URL is only tried
    /// on what can be one.
    static func isSecret(name: String, value: String) -> Bool {
        let lowered = name.lowercased()
        let bytes = Array(lowered.utf8)
        if words.contains(where: { bytes.holds($0) }) || lowered.hasSuffix("_key") || lowered == "key" { return true }
        // A URL with a password in it.
        return value.utf8.contains(UInt8(ascii: "@")) && value.contains(#/:\/\/[^\/\s:@]*:[^\/\s@]+@/#)
    }

    static func mark(name: String, value: String) -> String {
        "‹hidden:\(Secret(name: name, source: .environment(name), value: value).version)›"
    }

    static func masked(_ definition: ECS.TaskDefinition) -> ECS.TaskDefinition {
        var definition = definition
        definition.containerDefinitions = definition.containerDefinitions.map { container in
            var container = container
            for index in container.environment.indices {
                let variable = container.environment[index]
                container.environment[index].value = variable.value.map { masked($0, name: variable.name) }
            }
            // Log drivers take tokens of their own services as options.
            if let options = container.logConfiguration?.options {
                container.logConfiguration?.options = Dictionary(
                    uniqueKeysWithValues: options.map { ($0.key, masked($0.value, name: $0.key)) })
            }
            container.command = masked(arguments: container.command)
            if let command = container.healthCheck?.command {
                container.healthCheck?.command = masked(arguments: command)
            }
            return container
        }
        return definition
    }

    private static func masked(_ value: String, name: String) -> String {
        value.isEmpty || !isSecret(name: name, value: value) ? value : mark(name: name, value: value)
    }

    /// A command line without the values of options such as `--password x`, `--token=x` or `SECRET=x`.
    static func masked(arguments: [String]) -> [String] {
        var result: [String] = []
        var secretOption: String?
        for argument in arguments {
            let isOption = argument.hasPrefix("-")
            if let name = secretOption, !isOption {
                result.append(mark(name: name, value: argument))
            } else {
                result.append(masked(text: argument, by: mark))
            }
            secretOption = isOption && !argument.contains("=") && isSecret(name: argument, value: "") ? argument : nil
        }
        return result
    }

    /// A text without the values of assignments such as `password=x` or `"api_key": "x"`, without the credentials of an
    /// Authorization header and without passwords in URLs.
    static func masked(
        text: String, by mark: (_ name: String, _ value: String) -> String = { _, _ in "‹hidden›" }
    ) -> String {
        var text = text.replacing(#/([A-Za-z_][A-Za-z0-9_-]*)("?\s*[=:]\s*"?)([^\s"',;&}]+)/#) { match in
            let (name, value) = (String(match.1), String(match.3))
            return isSecret(name: name, value: "") ? name + match.2 + mark(name, value) : String(match.0)
        }
        text = text.replacing(#/\b(Bearer|Basic)\s+([A-Za-z0-9._~+\/=-]{8,})/#) { match in
            match.1 + " " + mark("authorization", String(match.2))
        }
        return text.replacing(#/(:\/\/[^\/\s:@]*:)([^\/\s@]+)@/#) { match in
            match.1 + mark("url-password", String(match.2)) + "@"
        }
    }
}

extension [UInt8] {
    fileprivate func holds(_ part: [UInt8]) -> Bool {
        guard count >= part.count else { return false }
        return (0...(count - part.count)).contains { self[$0...].starts(with: part) }
    }
}
