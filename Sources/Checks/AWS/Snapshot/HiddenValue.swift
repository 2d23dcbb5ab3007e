import AWSClient
import RunModel

/// Replaces environment values that look secret by a mark that changes when the value changes.
enum HiddenValue {
    private static let words = [
        "password", "passwd", "secret", "token", "apikey", "api_key", "credential", "private", "dsn",
    ]

    static func isSecret(name: String, value: String) -> Bool {
        let name = name.lowercased()
        if words.contains(where: name.contains) || name.hasSuffix("_key") || name == "key" { return true }
        // A URL with a password in it.
        if value.contains(#/:\/\/[^\/\s:@]*:[^\/\s@]+@/#) { return true }
        return false
    }

    static func mark(name: String, value: String) -> String {
        "‹hidden:\(Secret(name: name, source: .environment(name), value: value).version)›"
    }

    static func masked(_ definition: ECS.TaskDefinition) -> ECS.TaskDefinition {
        var definition = definition
        for container in definition.containerDefinitions.indices {
            for index in definition.containerDefinitions[container].environment.indices {
                let variable = definition.containerDefinitions[container].environment[index]
                let value = variable.value ?? ""
                if !value.isEmpty, isSecret(name: variable.name, value: value) {
                    definition.containerDefinitions[container].environment[index].value = mark(
                        name: variable.name, value: value)
                }
            }
        }
        return definition
    }
}
