import HTTPClient
import Settings

/// How long the target itself takes before it gives a request up, and how long a check waits so that it sees that answer.
///
/// An answer that comes at the target's own limit names the cause (`Authentication service timeout`, `MLflow server request
/// timeout`). Whoever gives up earlier sees only silence, so every deadline of ours lies beyond the limits on its way.
package enum Patience {
    /// A request whose key must be judged: the auth service is given up after 5 s (contract §4.3), and the cache before and
    /// after it after 2 s each.
    package static let key = Duration.seconds(15)
    /// A request that the API hands on to MLflow: its proxy gives MLflow up after 30 s, measured 30.06 s (contract §3.2,
    /// §13), when the key has been judged.
    package static let proxied = Duration.seconds(45)
    /// The deadline of a check that sends one such request, with room for the rest of its work.
    package static let proxiedCheck = proxied + .seconds(10)

    /// The least deadline of a request.
    package static func least(for request: HTTPRequest, _ services: ServiceSettings) -> Duration {
        guard request.headers.contains(where: { ["authorization", "x-api-key"].contains($0.name.lowercased()) })
        else { return .zero }
        if let mlflow = services.mlflow, request.url.hasPrefix(mlflow) { return proxied }
        let doors = [services.api, services.registry].compactMap(\.self)
        guard doors.contains(where: request.url.hasPrefix) else { return .zero }
        return request.path.contains("/mlflow") ? proxied : key
    }
}
