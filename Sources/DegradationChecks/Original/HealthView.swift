import CheckKit
import Formats
import HTTPClient
import RunModel
import Secrets

/// An answer whose body is looked at as JSON, whatever it is.
protocol AnswerView: Sendable {
    var response: HTTPResponse { get }
    init(response: HTTPResponse, body: JSONValue)
}

extension AnswerView {
    /// The body is null when it is no JSON.
    init(_ response: HTTPResponse) {
        self.init(response: response, body: (try? response.json(JSONValue.self)) ?? .null)
    }

    var status: Int { response.status }
}

/// What `GET /health` says.
struct HealthView: AnswerView {
    let response: HTTPResponse
    let body: JSONValue

    var overall: String? { body["status"]?.string }
    func service(_ name: String) -> String? { body["services"]?[name]?.string }

    /// Everything that the body says of MLflow in detail, as one text: builds differ in where they put the reason.
    var mlflowDetails: JSONValue? { body.at("services.mlflow_details") }

    /// One line for messages.
    var summary: String {
        guard let overall else { return "\(status) \(response.readableText.excerpt(160))" }
        let services = (body["services"]?.object ?? [:]).compactMap { name, word in word.string.map { "\(name) \($0)" }
        }
        return "\(status) \(overall) (\(services.sorted().joined(separator: ", ")))"
    }
}

/// What `GET /ready` says.
struct ReadinessView: AnswerView {
    let response: HTTPResponse
    let body: JSONValue

    var isReady: Bool? { body["ready"]?.boolean }
    var canServe: Bool? { body["can_serve_traffic"]?.boolean }
    var isDegraded: Bool? { body["degraded_mode"]?.boolean }

    func check(_ name: String) -> JSONValue? {
        body["checks"]?.array?.first { $0["name"]?.string == name }
    }

    /// The overall word that readiness amounts to, where plain health is a constant (contract §6.6).
    var overall: String {
        switch (isReady, canServe, isDegraded) {
        case (_, false, _): "unhealthy"
        case (true, true, false): check("mlflow")?["recovering"]?.boolean == true ? "degraded" : "healthy"
        default: "degraded"
        }
    }

    var summary: String {
        func text(_ flag: Bool?) -> String { flag.map(String.init) ?? "?" }
        return "\(status) ready \(text(isReady)), can serve \(text(canServe)), degraded \(text(isDegraded))"
    }
}

/// The health of everything, as far as the profile shows it.
///
/// Where plain `/health` is a constant (profile B) readiness speaks for it: the database and MLflow, but not Redis nor the
/// queue, of which nothing can be seen from outside (contract §6.6, §13).
struct Overview: Sendable {
    /// Of `GET /health`.
    let status: Int
    let overall: String?
    let mlflow: String?
    let postgres: String?
    /// Nil where the profile does not show it.
    let redis: String?
    let queue: String?
    let summary: String

    static func read(_ target: TargetService) async throws(HTTPError) -> Overview {
        let health = HealthView(try await target.get("/health"))
        guard target.profile == .b || target.profile == nil else { return Overview(health) }
        let ready = ReadinessView(try await target.get("/ready"))
        return Overview(health, ready)
    }

    private init(_ health: HealthView) {
        status = health.status
        overall = health.overall
        mlflow = health.service("mlflow")
        postgres = health.service("postgres")
        redis = health.service("redis")
        queue = health.service("message_queue")
        summary = health.summary
    }

    private init(_ health: HealthView, _ ready: ReadinessView) {
        status = health.status
        overall = ready.overall
        let check = ready.check("mlflow")
        mlflow =
            check?["degraded_mode"]?.boolean == true
            ? "degraded"
            : check?["recovering"]?.boolean == true
                ? "recovering" : check?["passed"]?.boolean.map { $0 ? "healthy" : "unhealthy" }
        postgres = ready.check("database")?["passed"]?.boolean.map { $0 ? "healthy" : "unhealthy" }
        redis = nil
        queue = nil
        summary = "/health \(health.summary); /ready \(ready.summary)"
    }
}

/// Collects what is not as it must be, so that a test reports all of it.
struct Expectations {
    private var problems: [String] = []
    private var wanted: [String] = []
    private var unmet: [String] = []
    private var symptom: Symptom?
    private var answers: [HTTPResponse] = []

    /// Notes an expectation, and whether it was met.
    ///
    /// - Parameter symptom: what it means when it was not met; the first one given decides.
    mutating func expect(
        _ what: String, _ isMet: Bool, got: @autoclosure () -> String, symptom: @autoclosure () -> Symptom? = nil
    ) {
        wanted.append(what)
        guard !isMet else { return }
        problems.append("\(what): got \(got())")
        unmet.append(what)
        if self.symptom == nil { self.symptom = symptom() }
    }

    /// Of the status of an answer. Another status is a symptom of its own; an answer that came is asked for reasons.
    mutating func expect(_ what: String = "status", of response: HTTPResponse, equals expected: Int) {
        expect(
            "\(what) \(expected)", response.status == expected, got: "\(response.status)",
            symptom: .answer(response, of: .api))
        answers.append(response)
    }

    mutating func expect<Value: Equatable>(_ what: String, _ value: Value?, equals expected: Value) {
        expect("\(what) \(expected)", value == expected, got: value.map { "\($0)" } ?? "nothing")
    }

    /// Of a value that the profile may hide: nil is no problem.
    mutating func expectIfShown(_ what: String, _ value: String?, in accepted: [String]) {
        guard let value else { return }
        expect("\(what) \(accepted.joined(separator: " or "))", accepted.contains(value), got: value)
    }

    func outcome(passed note: String, got summary: String) -> Outcome {
        if problems.isEmpty { return .passed(note) }
        let told = answers.lazy.compactMap { try? $0.json(JSONValue.self) }.compactMap { Symptom.report(in: $0) }.first
        return .failed(
            symptom ?? told ?? .deviation(.api, .value, unmet),
            problems.joined(separator: "; "), expected: wanted.joined(separator: ", "), got: summary)
    }
}
