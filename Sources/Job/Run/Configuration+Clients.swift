import Formats
import HTTPClient
import Settings

extension Configuration {
    /// How all checks speak HTTP.
    var httpClientConfiguration: HTTPClientConfiguration {
        HTTPClientConfiguration(
            tls: HTTPClientConfiguration.TLS(authorityFile: services.caFile), resolve: services.resolve,
            userAgent: "plumbline/\(RunIdentity.version)")
    }

    /// The value of a secret by its name, for undo actions that were written down without it.
    var secretValue: @Sendable (String) -> String? {
        let secrets = secrets
        return { name in secrets.first { $0.name == name }?.reveal() }
    }
}

extension RunOptions {
    /// The options as readers see them in the report.
    var readable: [String: String] {
        var readable: [String: String] = [:]
        if !phases.isEmpty { readable["phases"] = phases.sorted().map(\.name).joined(separator: ",") }
        if !only.isEmpty { readable["only"] = only.joined(separator: ",") }
        if !skip.isEmpty { readable["skip"] = skip.joined(separator: ",") }
        readable["allowed"] =
            allowances.isEmpty ? "reading only" : allowances.map(\.rawValue).sorted().joined(separator: ",")
        if retries > 0 { readable["retries"] = "\(retries)" }
        if repeats > 1 { readable["repeat"] = "\(repeats)" }
        return readable
    }
}
