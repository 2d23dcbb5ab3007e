import AWSChecks
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
        case .atEachAddress(let component): Self.url(of: component, configuration) != nil
        case .withoutTLS(let component): Self.url(of: component, configuration)?.hasPrefix("https:") ?? false
        case .tasks(let component): configuration.aws?.ecsServices[component.name] != nil
        }
    }

    private static func url(of component: Component, _ configuration: Configuration) -> String? {
        page(of: component).flatMap { configuration.services.url(of: $0.service) }
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
            case .atEachAddress(let component): try await Question.askEachAddress(of: component, context)
            case .withoutTLS(let component): try await Question.askWithoutTLS(component, context)
            case .tasks(let component): try await TaskState.look(atTasksOf: component, context)
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
            // Who says in its own name that it does not know the page, answers.
            let isOwn = Responder.recognised(in: response) == service.responder
            return response.status < 400 || response.status == 404 && isOwn
                ? .passed("\(path) answers \(response.status)")
                : .failed(
                    context.symptom(of: response), "\(path) answers \(response.status)", expected: "200",
                    got: "\(response.status)")
        }
    }

    // MARK: - Past what stands between

    /// More addresses than these no name of a load balancer has.
    private static let mostAddresses = 8

    fileprivate static func askEachAddress(
        of component: Component, _ context: CheckContext
    ) async throws -> Outcome {
        guard let (service, path) = page(of: component) else { return .skipped("nobody knows how to ask it") }
        let url = try context.url(of: service, path: path)
        let addresses = try await context.addresses(ofHostIn: url, within: .seconds(3)).prefix(mostAddresses)
        let answers: [Result<HTTPResponse, HTTPError>] = await withTaskGroup(
            of: (Int, Result<HTTPResponse, HTTPError>).self
        ) { group in
            for (place, address) in addresses.enumerated() {
                group.addTask {
                    let request = HTTPRequest(
                        url: url, deadline: .seconds(5), connectTo: HTTPEndpoint(host: address),
                        reusesConnection: false)
                    do throws(HTTPError) {
                        return (place, .success(try await context.http.send(request)))
                    } catch {
                        return (place, .failure(error))
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
        let told = zip(addresses, answers).map { address, answer in
            switch answer {
            case .success(let response): "\(address): \(response.status)"
            case .failure(let error): "\(address): \(error.code.rawValue)"
            }
        }.joined(separator: ", ")
        if answers.contains(where: { if case .success = $0 { true } else { false } }) {
            context.recorder.touch(.call(.vantage, component, held: true))
            return .passed(told)
        }
        context.recorder.touch(.call(.vantage, component, held: false))
        // What accepted a connection was reached; it is told before what did not.
        let errors = answers.compactMap { answer -> HTTPError? in
            if case .failure(let error) = answer { error } else { nil }
        }
        let reached = errors.first { !$0.code.isUnreachable } ?? errors.first
        return .failed(
            reached.map { context.symptom(of: $0) } ?? .obstacle(.nothingToLookAt, of: component),
            "no address answers", expected: "an answer", got: told)
    }

    fileprivate static func askWithoutTLS(_ component: Component, _ context: CheckContext) async throws -> Outcome {
        guard let (service, path) = page(of: component) else { return .skipped("nobody knows how to ask it") }
        let url = try context.url(of: service, path: path).replacing("https://", with: "http://", maxReplacements: 1)
        do {
            let response = try await context.exchange(HTTPRequest(url: url, deadline: .seconds(5)))
            return .passed("\(path) answers \(response.status) without TLS")
        } catch let error as HTTPError where error.code != .cancelled {
            return .failed(
                .noConnection(
                    NoConnection(component, at: Place.text(of: url) ?? url, .foreign)),
                "no answer without TLS either", expected: "an answer over HTTP", got: "\(error)")
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
