import AWSClient
import Settings

/// Which of the configured secrets hold the database's password.
enum DatabaseSecrets {
    /// Those that a container reads under a name of a database, and those that carry one themselves.
    static func names(_ snapshot: AWSSnapshot, _ settings: AWSSettings) -> [String] {
        var references: [String] = []
        for case .value(let revisions) in snapshot.taskDefinitions.values {
            for container in revisions.first?.containerDefinitions ?? [] {
                references += container.secrets.filter { !words($0.name).isDisjoint(with: ofDatabases) }.map(
                    \.valueFrom)
            }
        }
        return settings.secrets.filter { secret in
            !words(secret).isDisjoint(with: ofDatabases) || references.contains { names($0, secret) }
        }
    }

    private static let ofDatabases: Set<String> = [
        "db", "database", "databases", "pg", "pgpassword", "postgres", "postgresql", "rds", "sql", "mysql", "backend",
    ]

    private static func words(_ text: String) -> Set<String> {
        Set(text.lowercased().split { !($0.isLetter || $0.isNumber) }.map(String.init))
    }

    /// Whether a reference, an ARN with suffix and field or a plain name, means the secret.
    private static func names(_ reference: String, _ secret: String) -> Bool {
        if reference == secret || (secret.hasPrefix("arn:") && reference.hasPrefix(secret)) { return true }
        guard let name = reference.split(separator: ":secret:", maxSplits: 1).last else { return false }
        let own = name.prefix { $0 != ":" }
        // Six characters of AWS's own follow the name.
        return own == secret || (own.hasPrefix(secret + "-") && own.utf8.count == secret.utf8.count + 7)
    }
}
