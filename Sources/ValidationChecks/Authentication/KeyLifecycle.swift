import CheckKit
import Formats
import HTTPClient
import RunModel
import Settings

/// What becomes of a key that is taken away or used too often (contract §4.3, §4.6). Both checks make a key of their own.
struct KeyLifecycle: CheckFamily {
    func checks(for configuration: Configuration) -> [any Check] { [RevocationLag(), HourlyLimit()] }

    /// Asks the auth service itself.
    static func validate(_ key: String, _ context: CheckContext) async throws -> HTTPResponse {
        try await context.ask(
            HTTPRequest(
                method: "POST", url: try context.url(of: .auth, path: "/api/v1/keys/validate"),
                headers: [CheckContext.bearer(key), HTTPHeader("Content-Type", "application/json")],
                body: Array(#"{"service_id":"platform"}"#.utf8), deadline: .seconds(10)))
    }

    /// Asks the API with a path of the registry: it costs nothing, and 403 means that the key itself is good (contract §4.4).
    static func present(_ key: String, _ context: CheckContext) async throws -> HTTPResponse {
        try await context.ask(
            HTTPRequest(
                url: try context.url(of: .mlflow, path: KeyHandling.search), headers: [CheckContext.bearer(key)],
                deadline: .seconds(20)))
    }

    static let needs: [Capability] = [
        .reach(.auth), .reach(.mlflow), .key(TemporaryKey.administrator), .writes, .part(.authAdministration),
    ]
}

private struct RevocationLag {}

extension RevocationLag: Check {
    var descriptor: CheckDescriptor {
        KeyHandling.descriptor(
            "AU-56", "A revoked key stops working",
            "The API remembers verdicts for 60 s, or 300 s in profile A: so long a stolen key works on.",
            "Make a key, use it, revoke it, see that the auth service refuses it at once, then ask the API until it does too.",
            severity: .high, needs: KeyLifecycle.needs, dependsOn: ["SD-01", "AU-44"], deadline: .seconds(360),
            risk: "A key that was taken away still opens the platform.",
            remediation: Remediation(
                summary: "Shorten the cache of verdicts, or delete the key's entry in Redis when it is revoked.",
                command: "redis-cli -h \"$REDIS_HOST\" --tls DEL \"api_key:validation:KEY\""))
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let key = try await TemporaryKey.make("revocation", callsPerHour: 1000, context)
        do {
            return try await use(key, context)
        } catch {
            await key.giveBack(context)
            throw error
        }
    }

    private func use(_ key: TemporaryKey, _ context: CheckContext) async throws -> Outcome {
        let before = try await KeyLifecycle.present(key.key, context)
        guard [200, 403].contains(before.status) else {
            await key.giveBack(context)
            return .failed(
                context.symptom(of: before),
                "a new key does not work", expected: "200, or 403 for a key without the admin's right",
                got: EndpointCheck.shown(before))
        }
        try await key.revoke(context)
        let revoked = ContinuousClock.now
        let verdict = try await KeyLifecycle.validate(key.key, context)
        guard verdict.status == 401 else {
            return .failed(
                .exposed(.auth, .revokedKey),
                "the auth service itself still validates a revoked key", expected: "401",
                got: EndpointCheck.shown(verdict))
        }
        let limit = Duration.seconds(clamping: context.threshold("seconds", default: context.profile == .a ? 305 : 65))
        return try await lag(of: key, since: revoked, limit, context)
    }

    private func lag(
        of key: TemporaryKey, since revoked: ContinuousClock.Instant, _ limit: Duration, _ context: CheckContext
    ) async throws -> Outcome {
        while true {
            let response = try await KeyLifecycle.present(key.key, context)
            let elapsed = ContinuousClock.now - revoked
            if response.status == 401, KeyPresentationCheck.detail(response) == KeyPresentation.Text.invalid.rawValue {
                context.recorder.measure(Metric("auth.revocation_lag", elapsed.milliseconds, .milliseconds))
                return .passed("refused by the API \(elapsed.readable) after its revocation")
            }
            guard elapsed < limit else {
                return .failed(
                    .exposed(.api, .revokedKey),
                    "a revoked key still works", expected: "refused within \(limit.readable)",
                    got: "\(elapsed.readable) after its revocation: \(EndpointCheck.shown(response))")
            }
            try await Task.sleep(for: .milliseconds(500))
        }
    }
}

private struct HourlyLimit {}

extension HourlyLimit: Check {
    /// The least that the auth service grants (contract §4.6).
    private static let calls = 10

    var descriptor: CheckDescriptor {
        KeyHandling.descriptor(
            "AU-57", "The hourly limit of a key holds, and the API says so",
            "The only limit that is active is the auth service's own; the API shows it as 429, before profile B as 401.",
            "Make a key with \(Self.calls) calls an hour, validate it until the auth service refuses, then present it to the API.",
            needs: KeyLifecycle.needs, dependsOn: ["SD-01", "AU-44"],
            risk: "One client without manners takes the service away from all.",
            remediation: Remediation(
                summary: "Count calls in the auth service, and let the API pass its 429 on with Retry-After."))
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let key = try await TemporaryKey.make("limit", callsPerHour: Self.calls, context)
        let outcome: Outcome
        do {
            outcome = try await use(key, context)
        } catch {
            await key.giveBack(context)
            throw error
        }
        await key.giveBack(context)
        return outcome
    }

    private func use(_ key: TemporaryKey, _ context: CheckContext) async throws -> Outcome {
        // Twice as many and one: the hour may end in between, and the count begins anew.
        for count in 1...(2 * Self.calls + 1) {
            let response = try await KeyLifecycle.validate(key.key, context)
            if response.status == 200 { continue }
            guard response.status == 429 else {
                return .failed(
                    context.symptom(of: response, method: "POST"),
                    "call \(count) is refused otherwise", expected: "429", got: EndpointCheck.shown(response))
            }
            guard count > Self.calls else {
                return .failed(
                    .deviation(.auth, .rateLimit),
                    "the limit comes early", expected: "\(Self.calls) calls", got: "429 at call \(count)")
            }
            return try await throughAPI(key, after: count, context)
        }
        return .failed(
            .deviation(.auth, .rateLimit),
            "the limit is not kept", expected: "429 after \(Self.calls) calls",
            got: "\(2 * Self.calls + 1) calls answered")
    }

    private func throughAPI(_ key: TemporaryKey, after count: Int, _ context: CheckContext) async throws -> Outcome {
        let response = try await KeyLifecycle.present(key.key, context)
        let expected = ByProfile(a: 401, m: 401, b: 429, fixed: 429).value(for: context.profile)
        guard let expected else {
            return .inconclusive(
                .obstacle(.unknownProfile, of: .api),
                "the API answers \(response.status), and the profile of the deployment is unknown")
        }
        // Behind the API stands the gateway, which says 401 in every profile; the API itself speaks first.
        guard response.status == expected, expected == 401 || Self.tellsWhen(response) else {
            return .failed(
                .deviation(.api, .rateLimit),
                "the API hides that the limit is reached",
                expected: expected == 429 ? "429 with Retry-After" : "401 Rate limit exceeded",
                got: EndpointCheck.shown(response))
        }
        return .passed("refused at call \(count); the API answers \(response.status)")
    }

    private static func tellsWhen(_ response: HTTPResponse) -> Bool {
        (response.headers["retry-after"].flatMap { Int($0) } ?? -1) >= 0
    }
}
