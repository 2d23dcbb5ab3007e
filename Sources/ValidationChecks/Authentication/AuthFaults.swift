import CheckKit
import FaultInjection
import Formats
import HTTPClient
import RunModel
import Settings

/// What the API makes of an auth service that fails, and what it remembers of one that worked (contract §4.3, §13).
struct AuthFaults: CheckFamily {
    func checks(for configuration: Configuration) -> [any Check] {
        Self.failures.map(AuthFailureCheck.init) + [VerdictCache()]
    }

    static let failures: [AuthFailure] = [
        AuthFailure(
            id: "AU-60", title: "When the auth service limits the rate, the API says so", manner: .answers(429),
            statuses: ByProfile(a: 401, m: 401, b: 429, fixed: 429), word: "Rate limit", severity: .medium,
            risk: "A client that should wait believes that its key is wrong, or tries again at once."),
        AuthFailure(
            id: "AU-61", title: "When the auth service breaks, the API calls it out of order", manner: .answers(500),
            severity: .high, risk: "An outage of the auth service looks like wrong keys."),
        AuthFailure(
            id: "AU-62", title: "When the auth service is slow, the API gives it up at its limit", manner: .slow,
            severity: .high, risk: "Requests pile up behind an auth service that hangs."),
        AuthFailure(
            id: "AU-63", title: "When the auth service is down, the API says so at once", manner: .down,
            severity: .high,
            risk: "An outage of the auth service looks like wrong keys, or stalls every request."),
    ]

    static func descriptor(
        _ id: CheckID, _ title: String, intent: String, procedure: String, severity: Severity, deadline: Duration,
        key: KeyName? = nil, risk: String
    ) -> CheckDescriptor {
        CheckDescriptor(
            id: id, title: title, intent: intent, procedure: procedure, category: .authentication, phase: .validation,
            severity: severity, needs: [.reach(.api), .faults(.auth)] + (key.map { [.key($0)] } ?? []),
            dependsOn: ["SD-01", "SH-61"], excludes: [.everything], deadline: deadline, risk: risk,
            remediation: Remediation(
                summary:
                    "Map the auth service's answers to those of the API: 429 stays 429 with Retry-After, everything else that is no verdict is 503 with Retry-After, after 5 s at most.",
                command: "curl -sS -i -m 20 \"$API_URL/debug\" -H \"Authorization: Bearer hk_test_fake_unknown\""))
    }

    /// What the API answers to a key, with a request that costs nothing and is no evidence against the auth service.
    static func present(_ key: String, at target: TargetService, _ context: CheckContext) async throws -> HTTPResponse {
        let asker = TargetService(
            baseURL: target.baseURL, profile: target.profile, http: context.services.http,
            headers: [CheckContext.bearer(key)])
        do throws(HTTPError) {
            let answer = try await asker.get("/debug", deadline: .seconds(30))
            target.note("GET /debug with a key -> \(EndpointCheck.shown(answer)) after \(answer.timing.total.readable)")
            return answer
        } catch {
            target.note("GET /debug with a key -> \(error)")
            throw Stop(context.outcome(of: error, host: CheckContext.host(of: target.baseURL)))
        }
    }

    /// A key that nobody has seen, so that no verdict on it can be remembered.
    static func unknownKey() -> String {
        "hk_test_fake_" + (0..<32).map { _ in "\(Int.random(in: 0...9))" }.joined()
    }

    /// Whether the auth service itself has judged the key.
    static func isVerdict(_ response: HTTPResponse) -> Bool {
        response.status == 401 && KeyPresentationCheck.detail(response) == KeyPresentation.Text.invalid.rawValue
    }

    /// Whether the key opened the door: the page behind it is never there (contract §2.2).
    static func isAccepted(_ response: HTTPResponse) -> Bool { response.status < 400 || response.status == 404 }
}

/// One way in which the auth service fails, and what the API must answer then.
struct AuthFailure: Sendable {
    enum Manner: Sendable {
        case answers(Int)
        /// Answers, but long after the API's own limit of 5 s.
        case slow
        case down
    }

    var id: CheckID
    var title: String
    var manner: Manner
    var statuses = ByProfile(a: 401, m: 401, b: 503, fixed: 503)
    /// A word that tells the refusal from one of a wrong key.
    var word = "Authentication service"
    var severity: Severity
    var risk: String

    static let latency = Duration.seconds(12)

    /// Within how many seconds the API must answer.
    var limit: Double {
        if case .slow = manner { return 10 }
        return 5
    }

    var words: String {
        switch manner {
        case .answers(let status): "answers \(status)"
        case .slow: "answers after \(Self.latency.readable)"
        case .down: "is down"
        }
    }

    /// What is wrong with the API's answer to an unknown key; nil when it is as promised.
    ///
    /// - Parameter limit: seconds.
    func problem(in answer: HTTPResponse, expected: Int, within limit: Double) -> Outcome? {
        let got = "\(EndpointCheck.shown(answer)) after \(answer.timing.total.readable)"
        if AuthFaults.isAccepted(answer) {
            return .failed(
                .exposed(.api, .access), "a key that nobody has judged is accepted while the auth service \(words)",
                expected: "\(expected)", got: got)
        }
        guard answer.status == expected, expected != 401 || KeyPresentationCheck.detail(answer).contains(word) else {
            return .failed(
                .deviation(.api, .underFault, ["status"]),
                "the API answers otherwise while the auth service \(words)",
                expected: expected == 401 ? "401 \(word)…" : "\(expected)", got: got)
        }
        guard expected == 401 || answer.headers["retry-after"] != nil else {
            return .failed(
                .deviation(.api, .underFault, ["Retry-After"]),
                "the refusal does not say when to come back", expected: "Retry-After", got: got)
        }
        guard answer.timing.total.seconds <= limit else {
            return .failed(
                .deviation(.api, .underFault, ["time"]), "the API waits too long for an auth service that \(words)",
                expected: "an answer within \(limit) s", got: got)
        }
        return nil
    }
}

/// The check of one failure. The family makes it.
struct AuthFailureCheck {
    let failure: AuthFailure
}

extension AuthFailureCheck: Check {
    var descriptor: CheckDescriptor {
        AuthFaults.descriptor(
            failure.id, failure.title,
            intent:
                "Clients act on the status: a 401 makes people look for another key, 429 and 503 make programs wait.",
            procedure:
                "While the API's auth service \(failure.words): present an unknown key to the API, read status, Retry-After and time, and read /health. Then undo, and see that verdicts come again.",
            severity: failure.severity, deadline: .seconds(180), risk: failure.risk)
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        guard let expected = failure.statuses.value(for: try context.knownProfile()) else {
            return .skipped("for this behaviour profile it is not known what the API promises here")
        }
        let standIn: StandIn?
        let fault: any FaultInjector
        switch failure.manner {
        case .answers(let status):
            (standIn, fault) = try await context.standIn(
                for: .auth, answering: status, headers: status == 429 ? [("Retry-After", "60")] : [],
                body: #"{"detail":"a test answers in the place of the auth service"}"#)
        case .slow: (standIn, fault) = (nil, try context.fault(.auth, .latency(AuthFailure.latency, jitter: .zero)))
        case .down: (standIn, fault) = (nil, try context.fault(.auth))
        }
        defer { standIn?.end() }
        return try await context.atDeployment { target in
            let before = try await target.get("/health").status
            return try await context.breaking([.auth], of: target) { session in
                let open = try await session.inject(fault)
                let answer = try await feel(open, target, context)
                let page = try await target.get("/health").status
                try await session.undo(open)
                context.recorder.measure(
                    Metric("auth.fault_answer", answer.timing.total.milliseconds, .milliseconds))
                let limit = context.threshold("seconds", default: failure.limit)
                if let problem = failure.problem(in: answer, expected: expected, within: limit) { return problem }
                guard page == before else {
                    return .failed(
                        .deviation(.api, .underFault, ["/health"]),
                        "a page that needs no key changes with the auth service", expected: "/health \(before)",
                        got: "/health \(page)")
                }
                return try await afterwards(answer, target, context)
            }
        }
    }

    /// The first answer that is no verdict of the auth service.
    private func feel(
        _ open: FaultSession.Open, _ target: TargetService, _ context: CheckContext
    ) async throws -> HTTPResponse {
        let until = ContinuousClock.now + context.configuration.faults.effectTimeout
        while true {
            let answer = try await AuthFaults.present(AuthFaults.unknownKey(), at: target, context)
            if !AuthFaults.isVerdict(answer) { return answer }
            guard ContinuousClock.now < until else {
                throw Stop.inconclusive(
                    .obstacle(.fault, of: .auth),
                    "‘\(open.summary)’ is not felt: the API goes on getting verdicts, so it reaches its auth service another way"
                )
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    /// A failure must not be remembered once it is over.
    private func afterwards(
        _ seen: HTTPResponse, _ target: TargetService, _ context: CheckContext
    ) async throws -> Outcome {
        let start = ContinuousClock.now
        let patience = context.configuration.faults.recoveryTimeout
        while true {
            let answer = try await AuthFaults.present(AuthFaults.unknownKey(), at: target, context)
            let elapsed = start.duration(to: .now)
            if AuthFaults.isVerdict(answer) {
                let retry = seen.headers["retry-after"].map { ", Retry-After \($0)" } ?? ""
                return .passed(
                    "\(seen.status) \(KeyPresentationCheck.detail(seen))\(retry) in \(seen.timing.total.readable); verdicts again \(elapsed.readable) after the undo"
                )
            }
            guard elapsed < patience else {
                return .failed(
                    .deviation(.api, .underFault, ["recovery"]),
                    "the API goes on refusing after the auth service is back",
                    expected: "verdicts within \(patience.readable)",
                    got: EndpointCheck.shown(answer))
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }
}

/// How long the API works on without its auth service, and what it does not remember.
private struct VerdictCache {}

extension VerdictCache: Check {
    var descriptor: CheckDescriptor {
        AuthFaults.descriptor(
            "AU-64", "The API remembers good verdicts for as long as documented, and nothing else",
            intent:
                "What is remembered bridges an outage and lets a revoked key work on; refusals must not be kept.",
            procedure:
                "Present a good key and an unknown one. Cut the auth service: the unknown one must not be called invalid any more, and the good one must stop working within 65 s (305 s in profile A). The time is measured.",
            severity: .medium, deadline: .seconds(420), key: .api,
            risk: "A key that was taken away works on for longer than anybody knows.")
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let key = try context.key(.api)
        let fault = try context.fault(.auth)
        let documented = Duration.seconds(
            clamping: context.threshold("seconds", default: context.profile == .a ? 305 : 65))
        // The fault undoes itself at the end of its lease, and the key would be judged again.
        let longest = min(documented, context.configuration.faults.lease - .seconds(15))
        return try await context.atDeployment { target in
            let unknown = AuthFaults.unknownKey()
            let good = try await AuthFaults.present(key, at: target, context)
            let bad = try await AuthFaults.present(unknown, at: target, context)
            guard AuthFaults.isAccepted(good), AuthFaults.isVerdict(bad) else {
                return .inconclusive(
                    .obstacle(.prerequisite, of: .auth),
                    "without a fault the good key is answered \(EndpointCheck.shown(good)), the unknown one \(EndpointCheck.shown(bad))"
                )
            }
            return try await context.breaking([.auth], of: target) { session in
                let open = try await session.inject(fault)
                try await session.confirmEffect(of: open, within: context.configuration.faults.effectTimeout) {
                    guard let answer = try? await AuthFaults.present(AuthFaults.unknownKey(), at: target, context)
                    else { return true }
                    return !AuthFaults.isVerdict(answer)
                }
                let again = try await AuthFaults.present(unknown, at: target, context)
                if AuthFaults.isVerdict(again) {
                    return .failed(
                        .deviation(.api, .underFault, ["cache"]),
                        "a refusal is remembered: whoever gets the key a moment later stays locked out",
                        expected: "only good verdicts are kept", got: EndpointCheck.shown(again))
                }
                return try await lifetime(of: key, documented, longest, target, context)
            }
        }
    }

    private func lifetime(
        of key: String, _ documented: Duration, _ longest: Duration, _ target: TargetService, _ context: CheckContext
    ) async throws -> Outcome {
        let start = ContinuousClock.now
        var uses = 0
        while true {
            let answer = try await AuthFaults.present(key, at: target, context)
            let elapsed = start.duration(to: .now)
            guard AuthFaults.isAccepted(answer) else {
                context.recorder.measure(Metric("auth.cache_lifetime", elapsed.milliseconds, .milliseconds))
                return .passed(
                    uses == 0
                        ? "nothing is remembered: refused with \(answer.status) as soon as the auth service was cut"
                        : "the good key worked for \(elapsed.readable) without the auth service, at most \(documented.readable) are documented; refusals are not remembered"
                )
            }
            uses += 1
            guard elapsed < longest else {
                return longest < documented
                    ? .inconclusive(
                        .obstacle(.fault, of: .auth),
                        "the good key still works \(elapsed.readable) after the cut, and the fault's lease ends; with `faults.lease` above \((documented + .seconds(15)).readable) the end can be seen"
                    )
                    : .failed(
                        .deviation(.api, .underFault, ["cache"]),
                        "a verdict is remembered for longer than documented",
                        expected: "at most \(documented.readable)",
                        got: "still accepted after \(elapsed.readable)")
            }
            try await Task.sleep(for: .milliseconds(500))
        }
    }
}
