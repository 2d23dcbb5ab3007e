import Formats
import HTTPClient
import RunModel

/// A member that tells each page of the platform from a page of somebody else (contract §2.2, §3.4).
enum OwnAnswer {
    private static let members = [
        ("/health", "services"), ("/ready", "can_serve_traffic"), ("/live", "alive"), ("/version", "api_version"),
        ("/api/mlflow/api/2.0/mlflow/experiments/search", "experiments"),
    ]

    /// Nil for a page that is told apart by nothing.
    static func member(of path: String) -> String? {
        let page = String(path.prefix { $0 != "?" })
        return members.first { $0.0 == page }?.1
    }
}

extension CheckContext {
    /// Looks at one answer of each path before it is loaded: a thousand answers of somebody else say nothing of the platform. An
    /// error is left to the load.
    ///
    /// - Throws: ``Stop`` as failed when a page answers with another one's body.
    package func requireOwnAnswers(of paths: [String], headers: [HTTPHeader]? = nil) async throws {
        let headers = try headers ?? (profile == .a ? [Self.bearer(try key(.api))] : [])
        for path in paths {
            guard let member = OwnAnswer.member(of: path) else { continue }
            let answer = try await get(path, headers: headers, deadline: .seconds(60))
            guard answer.status < 400, (try? answer.json(JSONValue.self))?[member] == nil else { continue }
            throw Stop.failed(
                .deviation(services.configuration.component(at: answer.url), .shape, [member]),
                "\(path) answers without `\(member)`, so its load would measure something else", expected: member,
                got: EndpointCheck.shown(answer))
        }
    }
}
