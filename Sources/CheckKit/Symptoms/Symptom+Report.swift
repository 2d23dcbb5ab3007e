import Formats
import HTTPClient
import RunModel

extension Symptom {
    /// What one component says of another, in that other's or a library's words.
    package static func report(by reporter: Component, of component: Component, says text: String) -> Symptom {
        .report(by: reporter, ForeignError(component, ForeignError.Reason(telling: text), says: text))
    }

    /// The first dependency that a health page of the API calls broken: a failed item of `checks`, critical ones first, an
    /// `error` of its own, or a word in `services`; nil where it complains of none (contract §2.2 to §2.5).
    package static func report(in body: JSONValue, about subject: Component? = nil) -> Symptom? {
        let failed = (body["checks"]?.array ?? []).filter { $0["passed"]?.boolean == false }
        if let check = failed.first(where: { $0["critical"]?.boolean == true }) ?? failed.first {
            let name = check["name"]?.text ?? ""
            let text = check["error"].map { $0 == .null ? name : $0.text } ?? name
            return .report(by: .api, of: dependency(named: name) ?? .api, says: text)
        }
        if let error = body["error"]?.string {
            return .report(by: .api, of: subject ?? .mlflow, says: error)
        }
        let bad = (body["services"]?.object ?? [:]).filter { ["unhealthy", "degraded"].contains($0.value.text) }
        for (name, word) in bad.sorted(by: { $0.key < $1.key }) {
            guard let component = dependency(named: name) else { continue }
            if component == .queue { return .deviation(Deviation(.queue, .fallback, [word.text])) }
            return .report(by: .api, of: component, says: word.text)
        }
        return nil
    }

    private static func dependency(named name: String) -> Component? {
        switch name {
        case "mlflow": .mlflow
        case "database", "postgres": .database
        case "redis": .redis
        case "message_queue", "queue": .queue
        case "auth": .auth
        default: nil
        }
    }
}

extension ForeignError.Reason {
    /// What the error texts of drivers and system libraries mean: psycopg, requests, redis-py, libc, and a status of HTTP where the
    /// text says no more.
    package init(telling text: String) {
        let lowered = text.lowercased()
        let table: [(ForeignError.Reason, [String])] = [
            (.authentication, ["password authentication failed", "wrongpass", "noauth"]),
            (.notFound, ["does not exist"]),
            (
                .exhausted,
                ["too many clients", "remaining connection slots", "rate limit", "http 429", "too many requests"]
            ),
            (.certificate, ["certificate"]),
            (.unresolved, ["name or service not known", "could not translate host name", "could not resolve"]),
            (.unresolved, ["nodename nor servname", "failed to resolve", "name resolution"]),
            (.refused, ["connection refused", "refused"]),
            (.timedOut, ["timed out", "timeout"]),
            (.connectionLost, ["connection reset", "closed the connection", "broken pipe", "connection aborted"]),
            (.connectionLost, ["empty reply", "remote end closed", "server disconnected"]),
            (.notReady, ["starting up", "shutting down", "loading"]),
            (.authentication, ["http 401", "401 client error", "401 unauthorized"]),
            (.permission, ["http 403", "403 client error", "403 forbidden"]),
            (.notFound, ["http 404", "404 client error", "404 not found"]),
        ]
        self = table.first { _, phrases in phrases.contains { lowered.contains($0) } }?.0 ?? .other
    }
}
