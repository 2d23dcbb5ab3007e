import CheckKit
import Diagnosis
import Formats
import HTTPClient
import RunModel
import Settings

extension Question {
    /// Whether the configuration says where to look.
    func isPossible(under configuration: Configuration) -> Bool {
        switch look {
        case .directly(let component): Self.isReachable(component, configuration)
        case .through(let user, let used):
            user == .api && configuration.services.api != nil
                && (used != .mlflow || configuration.services.mlflow != nil)
        }
    }

    private static func isReachable(_ component: Component, _ configuration: Configuration) -> Bool {
        switch component {
        case .database: configuration.database != nil
        case .redis: configuration.redis != nil
        default: page(of: component).map { configuration.services.url(of: $0.service) != nil } ?? false
        }
    }

    /// A page that a service answers without asking anybody.
    fileprivate static func page(of component: Component) -> (service: Service, path: String)? {
        switch component {
        case .api: (.api, "/live")
        case .auth: (.auth, "/health")
        case .mlflow: (.mlflowDirect, "/health")
        default: nil
        }
    }

    /// The look as a check, which is carried out, timed and journalled like every other.
    struct Asked: Check {
        let question: Question
        let number: Int

        var descriptor: CheckDescriptor {
            CheckDescriptor(
                id: CheckID("ASK-0\(number)"), title: question.text, category: .probes, phase: .documentation,
                deadline: Question.deadline)
        }

        func run(_ context: CheckContext) async throws -> Outcome {
            switch question.look {
            case .directly(let component): try await Question.ask(component, context)
            case .through(let user, let used): try await Question.ask(user, for: used, context)
            }
        }
    }

    // MARK: - A component itself

    fileprivate static func ask(_ component: Component, _ context: CheckContext) async throws -> Outcome {
        switch component {
        case .database:
            let connection = try await context.connectToDatabase()
            _ = try await context.ask(connection, "SELECT 1")
            return .passed("PostgreSQL answers SELECT 1")
        case .redis:
            let connection = try await context.connectToRedis()
            _ = try await context.ask(connection, ["PING"])
            return .passed("Redis answers PING")
        default:
            guard let (service, path) = page(of: component) else { return .skipped("nobody knows how to ask it") }
            let response = try await context.get(path, of: service, deadline: .seconds(5))
            return response.status < 400
                ? .passed("\(path) answers \(response.status)")
                : .failed(
                    context.symptom(of: response), "\(path) answers \(response.status)", expected: "200",
                    got: "\(response.status)")
        }
    }

    // MARK: - One component through another

    /// A user that waits this long for an answer about what it uses was not refused, in seconds.
    private static let patience = 1.5
    /// A refusal comes sooner, in seconds.
    private static let refusal = 1.0

    fileprivate static func ask(
        _ user: Component, for used: Component, _ context: CheckContext
    ) async throws -> Outcome {
        if used == .mlflow { return try await askThroughProxy(context) }
        let idle = try await context.get("/live", deadline: .seconds(5))
        let page = try await context.get("/health", deadline: .seconds(8))
        guard let body = try? page.json(JSONValue.self) else {
            return .inconclusive(.obstacle(.hidden, of: used), "/health answers \(page.status) and no JSON")
        }
        guard let symptom = Symptom.report(in: body), let named = symptom.component else {
            context.recorder.touch(.call(user, used, held: true))
            return .passed("/health complains of nothing")
        }
        guard named == used || used == .redis && named == .queue else {
            return .inconclusive(.obstacle(.hidden, of: used), "/health complains of \(named) first")
        }
        context.recorder.touch(.call(user, used, held: false))
        let took = page.timing.total.seconds
        let waits = took >= patience && idle.timing.total.seconds * 2 < took
        guard waits || took < refusal else {
            return .inconclusive(
                .obstacle(.notComparable, of: used),
                "/health answers after \(page.timing.total.readable), which fits both")
        }
        let says = "\(named.rawValue) unwell, said after \(page.timing.total.readable)"
        return .failed(
            .report(by: user, ForeignError(used, waits ? .timedOut : .refused, says: says)),
            waits ? "the API waits for \(used) before it calls it unwell" : "the API calls \(used) unwell at once",
            expected: "\(used) is called healthy", got: says)
    }

    private static func askThroughProxy(_ context: CheckContext) async throws -> Outcome {
        let key = try? context.key(.api)
        let response = try await context.get(
            "/health", of: .mlflow, headers: key.map { [HTTPHeader("Authorization", "Bearer \($0)")] } ?? [],
            deadline: .seconds(8))
        return response.status < 400
            ? .passed("the API's proxy reaches MLflow in \(response.timing.total.readable)")
            : .failed(
                context.symptom(of: response), "the API's proxy answers \(response.status)", expected: "200",
                got: "\(response.status)")
    }
}
