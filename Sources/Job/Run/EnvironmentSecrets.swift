import Formats
import Secrets

/// The secrets that a process finds in its environment whether or not the configuration names them: those of AWS's credential
/// chain, of the pipelines, and of the services' own clients.
enum EnvironmentSecrets {
    private static let names = [
        "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "HOKUSAI_API_KEY",
        "LINEAR_API_KEY", "DB_PASSWORD", "PGPASSWORD", "REDIS_PASSWORD", "REDISCLI_AUTH", "MLFLOW_TRACKING_TOKEN",
        "MLFLOW_TRACKING_PASSWORD", "GITHUB_TOKEN", "GH_TOKEN", "CI_JOB_TOKEN", "SLACK_WEBHOOK_URL",
    ]

    /// A shorter value may be an ordinary word (`testing` is what people give a stand-in for AWS), which reports need.
    private static let shortestValue = 12

    static func all(in environment: [String: String]) -> [Secret] {
        names.compactMap { name in
            guard let value = environment[name], value.utf8.count >= shortestValue else { return nil }
            let readable = name.lowercased().replacing("_", with: "-")
            return Secret(name: readable, source: .environment(name), value: value)
        }
    }
}
