/// The secrets that a process finds in its environment whether or not the configuration names them: those of AWS's credential
/// chain, of the pipelines, of the services' own clients, and whatever else is named like one.
public enum EnvironmentSecrets {
    /// Variables whose names do not tell.
    private static let names: Set<String> = [
        "HOKUSAI_API_KEY", "LINEAR_API_KEY", "REDISCLI_AUTH", "SLACK_WEBHOOK_URL",
    ]

    /// A shorter value may be an ordinary word (`testing` is what people give a stand-in for AWS), which reports need.
    private static let shortestValue = 12

    /// - Returns: the secrets in the order of their names.
    public static func all(in environment: [String: String]) -> [Secret] {
        environment.sorted { $0.key < $1.key }.compactMap { name, value in
            guard names.contains(name) || SecretWords.isSecretName(name), value.utf8.count >= shortestValue,
                !value.hasPrefix("/")
            else { return nil }
            let readable = name.lowercased().replacing("_", with: "-")
            return Secret(name: readable, source: .environment(name), value: value)
        }
    }
}
