import Formats
import HTTPClient
import RunModel
import Secrets

/// What one endpoint must answer, as data.
package struct EndpointRule: Sendable {
    /// A thing the body must be, with the words to say it.
    package struct BodyRule: Sendable {
        var expected: String
        /// Nil when the body is as expected, else what it is.
        var problem: @Sendable (JSONValue) -> String?
        /// What an answer that is not as expected shows; a value that differs unless the rule says otherwise.
        var symptom: @Sendable (JSONValue, Component) -> Symptom
        /// What the text of a good body holds or lacks; nil where a text cannot tell.
        var shown: Verification.Condition?

        package init(
            expected: String, shown: Verification.Condition? = nil,
            problem: @escaping @Sendable (JSONValue) -> String?,
            symptom: @escaping @Sendable (JSONValue, Component) -> Symptom = { body, component in
                Symptom.report(in: body) ?? .deviation(component, .value)
            }
        ) {
            self.expected = expected
            self.shown = shown
            self.problem = problem
            self.symptom = symptom
        }
    }

    package var id: CheckID
    var title: String
    var service = Service.api
    var method = "GET"
    var path: String
    /// The name of the key to send as Bearer; nil for none.
    var key: KeyName?
    var headers: [HTTPHeader] = []
    /// The status that users are promised.
    var status: ByProfile<Int>
    /// Further statuses that keep the promise as well.
    var alsoAccepted: Set<Int> = []
    /// Set for a page that a deployment may be without: 404 says so, and the check is skipped with this reason.
    var absence: String?
    /// The part of the platform that the page belongs to.
    var part: SystemPart?
    /// Statuses that a profile is known to answer instead; still a failure, and said to be known.
    var knownDefects: [DeploymentProfile: Int] = [:]
    /// Members the JSON body of an answer with status 200 must have.
    var members: [String] = []
    var body: [BodyRule] = []
    /// Part of the Content-Type of a success.
    var contentType: String?
    var category = Category.serviceHealth
    var severity = Severity.medium
    var isCritical = false
    var touchesBreaker = false
    /// The component of the original campaign's score that this endpoint is (contract §1.2).
    package var legacyComponent: LegacyComponent?
    var dependsOn: [CheckID] = []
    var risk = ""
    var remediation = Remediation()
    var deadline = Duration.seconds(20)
    /// Why the check proves little on a deployment of a profile.
    var cautions: [DeploymentProfile: String] = [:]

    package init(
        id: CheckID, title: String, service: Service = .api, method: String = "GET", path: String, key: KeyName? = nil,
        headers: [HTTPHeader] = [], status: ByProfile<Int>, alsoAccepted: Set<Int> = [], absence: String? = nil,
        part: SystemPart? = nil, knownDefects: [DeploymentProfile: Int] = [:],
        members: [String] = [], body: [BodyRule] = [], contentType: String? = nil,
        category: Category = Category.serviceHealth, severity: Severity = Severity.medium, isCritical: Bool = false,
        touchesBreaker: Bool = false, legacyComponent: LegacyComponent? = nil, dependsOn: [CheckID] = [],
        risk: String = "", remediation: Remediation = Remediation(), deadline: Duration = Duration.seconds(20),
        cautions: [DeploymentProfile: String] = [:]
    ) {
        self.id = id
        self.title = title
        self.service = service
        self.method = method
        self.path = path
        self.key = key
        self.headers = headers
        self.status = status
        self.alsoAccepted = alsoAccepted
        self.absence = absence
        self.part = part
        self.knownDefects = knownDefects
        self.members = members
        self.body = body
        self.contentType = contentType
        self.category = category
        self.severity = severity
        self.isCritical = isCritical
        self.touchesBreaker = touchesBreaker
        self.legacyComponent = legacyComponent
        self.dependsOn = dependsOn
        self.risk = risk
        self.remediation = remediation
        self.deadline = deadline
        self.cautions = cautions
    }
}

/// The check of an ``EndpointRule``. Families make it, so that it is not registered by itself.
package struct EndpointCheck {
    package let rule: EndpointRule

    package init(rule: EndpointRule) {
        self.rule = rule
    }
}

extension EndpointCheck: Check {
    package var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: rule.id, title: rule.title,
            intent: "The documented answer of `\(rule.method) \(rule.path)`.",
            procedure:
                "Send `\(rule.method) \(rule.path)` to \(rule.service) \(rule.key.map { "with the key ‘\($0)’" } ?? "without a key") and compare status, members and timing phases.",
            category: rule.category, phase: .validation, severity: rule.severity, isCritical: rule.isCritical,
            needs: [.reach(rule.service)] + (rule.key.map { [.key($0)] } ?? []) + (rule.part.map { [.part($0)] } ?? []),
            dependsOn: dependencies,
            excludes: rule.touchesBreaker ? [.breaker] : [], deadline: rule.deadline, risk: rule.risk,
            remediation: rule.remediation, expectations: expectations, cautions: .byName(rule.cautions))
    }

    /// An expectation that differs by profile cannot be judged before the profile is known.
    private var dependencies: [CheckID] {
        rule.status.value(for: nil) == nil ? rule.dependsOn + ["SD-01"] : rule.dependsOn
    }

    private var expectations: [String: String] {
        var lines = rule.status.described { "status \($0)" }
        for (profile, status) in rule.knownDefects {
            lines[profile.rawValue, default: ""] += ", known to answer \(status)"
        }
        return lines
    }

    package func run(_ context: CheckContext) async throws -> Outcome {
        var request = HTTPRequest(
            method: rule.method, url: try context.url(of: rule.service, path: rule.path), headers: rule.headers,
            deadline: rule.deadline - .seconds(2))
        if let key = rule.key { request.headers.append(CheckContext.bearer(try context.key(key))) }
        let repaired = promise(context.profile)
        context.recorder.judge(fault: [.exit(Verification.answersAndSilences)], repaired: repaired)
        let response = try await answer(to: request, context)
        context.recorder.judge(fault: [.exit(Verification.answers)], repaired: repaired)
        context.recorder.blameLastExchange(response)
        if let outcome = statusOutcome(response, context) { return outcome }
        if let problem = Self.problem(of: response, rule) { return problem }
        return .passed("\(response.status) in \(response.timing.total.readable)")
    }

    /// What an answer shows that keeps the promise.
    private func promise(_ profile: DeploymentProfile?) -> [Verification.Condition] {
        guard let status = rule.status.value(for: profile) else { return [] }
        let parts = status < 300 ? rule.body.map(\.shown) : []
        // What nobody can say in words for a shell, the check has to look at itself.
        guard !parts.contains(nil) else { return [] }
        let members = status < 300 ? rule.members.map { "\"\($0.split(separator: ".").last ?? "")\"" } : []
        return [.status(([status] + rule.alsoAccepted).sorted())] + members.map { .contains($0) }
            + parts.compactMap(\.self)
    }

    private func answer(to request: HTTPRequest, _ context: CheckContext) async throws -> HTTPResponse {
        let endpoint = "\(rule.service) \(rule.method) \(rule.path)"
        guard let component = rule.legacyComponent else { return try await context.ask(request, measuredAs: endpoint) }
        let fact = FactName.legacy(component)
        do {
            let response = try await context.ask(request, measuredAs: endpoint)
            context.recorder.establish(fact, "\(response.status)")
            return response
        } catch let stop as Stop {
            if case .noConnection(let problem)? = stop.outcome.symptom {
                let isSilence = [.timedOut, .silent].contains(problem.manner)
                context.recorder.establish(fact, isSilence ? "timeout" : "unreachable")
            }
            throw stop
        }
    }

    private func statusOutcome(_ response: HTTPResponse, _ context: CheckContext) -> Outcome? {
        let what = "\(rule.method) \(rule.path)"
        guard let expected = rule.status.value(for: context.profile) else {
            return .inconclusive(
                .obstacle(.unknownProfile, of: .service(rule.service)),
                "\(what) answered \(response.status), but the profile of the deployment is unknown and the profiles differ here"
            )
        }
        guard response.status != expected, !rule.alsoAccepted.contains(response.status) else { return nil }
        if let absence = rule.absence, response.status == 404 { return .skipped("\(absence): \(what) answers 404") }
        if let profile = context.profile, rule.knownDefects[profile] == response.status {
            return .failed(
                context.symptom(of: response, method: rule.method),
                "\(what) answers \(response.status), a known defect of profile \(profile.rawValue)",
                expected: "\(expected)", got: Self.shown(response))
        }
        return .failed(
            Self.symptom(of: response, rule, context),
            "\(what) answers \(response.status) instead of \(expected)", expected: "\(expected)",
            got: Self.shown(response))
    }

    package static func problem(of response: HTTPResponse, _ rule: EndpointRule) -> Outcome? {
        let what = "\(rule.method) \(rule.path)"
        let component = Component.service(rule.service)
        guard response.status < 300 else { return nil }
        if let type = rule.contentType, !response.mediaType.contains(type) {
            return .failed(
                .deviation(component, .shape, ["Content-Type"]),
                "\(what) has another content type", expected: "Content-Type with \(type)",
                got: response.headers["content-type"] ?? "no Content-Type")
        }
        guard !rule.members.isEmpty || !rule.body.isEmpty else { return nil }
        guard let json = try? response.json(JSONValue.self) else {
            return .failed(
                .deviation(component, .shape), "\(what) answers no JSON", expected: "a JSON object",
                got: shown(response))
        }

        let missing = rule.members.filter { json.at($0) == nil }
        if !missing.isEmpty {
            return .failed(
                .deviation(component, .shape, missing),
                "\(what) lacks \(missing.joined(separator: ", "))", expected: rule.members.joined(separator: ", "),
                got: (json.object?.keys.sorted() ?? []).joined(separator: ", "))
        }
        for part in rule.body {
            if let problem = part.problem(json) {
                return .failed(
                    part.symptom(json, component), "\(what): \(problem)", expected: part.expected, got: problem)
            }
        }
        return nil
    }

    /// An answer of another status. A page that says which dependency it lacks reports that one.
    private static func symptom(
        of response: HTTPResponse, _ rule: EndpointRule, _ context: CheckContext
    ) -> Symptom {
        if response.status == 503, let body = try? response.json(JSONValue.self),
            let report = Symptom.report(in: body)
        {
            return report
        }
        return context.symptom(of: response, method: rule.method)
    }

    /// Status and the beginning of the body, on one line.
    package static func shown(_ response: HTTPResponse) -> String {
        let text = response.readableText.split(whereSeparator: \.isNewline).joined(separator: " ")
        return "\(response.status) \(text.excerpt(200))"
    }
}
