import CheckKit
import Formats
import HTTPClient
import RunModel
import Settings

/// What happens to keys beyond yes and no: handing on, echo, caching, timing, limits, rights, balance (contract §4.2–§4.7).
struct KeyHandling: CheckFamily {
    func checks(for configuration: Configuration) -> [any Check] {
        [KeyForwarding(), KeyEcho(), KeyCaching(), KeyTiming(), RateLimit(), Balance()]
    }

    static let search = "/api/2.0/mlflow/experiments/search?max_results=1"

    static func descriptor(
        _ id: CheckID, _ title: String, _ intent: String, _ procedure: String, severity: Severity = .medium,
        isCritical: Bool = false, needs: [Capability], dependsOn: [CheckID] = [], deadline: Duration = .seconds(60),
        risk: String = "", remediation: Remediation = Remediation()
    ) -> CheckDescriptor {
        CheckDescriptor(
            id: id, title: title, intent: intent, procedure: procedure, category: .authentication, phase: .validation,
            severity: severity, isCritical: isCritical, needs: needs, dependsOn: dependsOn, deadline: deadline,
            risk: risk, remediation: remediation)
    }
}

private struct KeyForwarding {}

extension KeyForwarding: Check {
    var descriptor: CheckDescriptor {
        KeyHandling.descriptor(
            "AU-50", "The API hands the caller's key on to MLflow",
            "A proxy that drops the header locks everybody out of a registry that asks for it.",
            "Present a key to the API itself (`/debug`, 404 means accepted) and through the proxy; 401 on the second alone means it was dropped.",
            severity: .critical, isCritical: true, needs: [.reach(.api), .reach(.mlflow), .key(.api)],
            deadline: Patience.key + Patience.proxiedCheck,
            risk: "No client reaches the model registry.",
            remediation: Remediation(
                summary: "Let the proxy forward Authorization and X-API-Key.",
                command:
                    "curl -sS -i \"$REGISTRY_URL/api/mlflow/api/2.0/mlflow/experiments/search?max_results=1\" -H \"Authorization: Bearer $HOKUSAI_API_KEY\""
            ))
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let header = CheckContext.bearer(try context.key(.api))
        let own = try await context.ask(
            HTTPRequest(url: try context.url(of: .api, path: "/debug"), headers: [header], deadline: .seconds(20)))
        guard own.status == 404 else {
            return .inconclusive(
                context.symptom(of: own), "the API itself does not accept the key: \(EndpointCheck.shown(own))")
        }
        let proxied = try await context.ask(
            HTTPRequest(
                url: try context.url(of: .mlflow, path: KeyHandling.search), headers: [header], deadline: .seconds(30))
        )
        context.promised([200], answered: proxied)
        if proxied.status == 401, KeyPresentationCheck.detail(proxied) == KeyPresentation.Text.required.rawValue {
            return .failed(
                .lost(.key),
                "the API accepts the key, and the gateway behind it never sees it: the proxy drops the header",
                expected: "200", got: EndpointCheck.shown(proxied))
        }
        guard proxied.status == 200 else {
            return .failed(
                context.symptom(of: proxied), KeyPresentationCheck.meaning(proxied), expected: "200",
                got: EndpointCheck.shown(proxied))
        }
        return .passed("accepted by the API and behind it")
    }
}

private struct KeyEcho {}

extension KeyEcho: Check {
    var descriptor: CheckDescriptor {
        KeyHandling.descriptor(
            "AU-51", "No answer repeats the key it was sent",
            "Answers are logged, shown and stored by others.",
            "Present a made-up key to pages that answer 401, 404, 405 and 422, in header and query, and look for it in the answers.",
            severity: .high, needs: [.reach(.api)], risk: "Keys leak into logs of others.",
            remediation: Remediation(summary: "Leave the key out of every message."))
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let key = "hk_test_fake_echo_" + String(repeating: "7", count: 24)
        let tries: [(String, String, [HTTPHeader])] = [
            ("GET", "/debug", [CheckContext.bearer(key)]), ("GET", "/models/", [HTTPHeader("X-API-Key", key)]),
            ("GET", "/models/?api_key=\(key)", []), ("POST", "/health", [CheckContext.bearer(key)]),
            ("GET", "/plumbline-no-such-path", [CheckContext.bearer(key)]),
            ("GET", "/api/mlflow\(KeyHandling.search)", [CheckContext.bearer(key)]),
        ]
        var leaks: [String] = []
        for (method, path, headers) in tries {
            let response = try await context.ask(
                HTTPRequest(
                    method: method, url: try context.url(of: .api, path: path), headers: headers,
                    deadline: .seconds(20)))
            let answer = response.text + response.readableText + response.headers.map(\.value).joined(separator: "\n")
            if answer.contains(key) { leaks.append("\(method) \(path.prefix { $0 != "?" }) (\(response.status))") }
        }
        guard leaks.isEmpty else {
            return .failed(
                .exposed(.api, .keyInAnswer), "answers repeat the key", expected: "no key material",
                got: leaks.joined(separator: ", "))
        }
        return .passed("\(tries.count) answers without the key")
    }
}

private struct KeyCaching {}

extension KeyCaching: Check {
    var descriptor: CheckDescriptor {
        KeyHandling.descriptor(
            "AU-52", "The second use of a key is answered like the first",
            "Verdicts are cached for 60 s (300 s in profile A) where Redis is there; a revoked key works until then.",
            "Present a good key to the API five times in a row; compare status and time.", severity: .low,
            needs: [.reach(.api), .key(.api)], dependsOn: ["AU-01"])
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let header = CheckContext.bearer(try context.key(.api))
        var times: [Double] = []
        var statuses: [Int] = []
        for _ in 0..<5 {
            let response = try await context.ask(
                HTTPRequest(url: try context.url(of: .api, path: "/debug"), headers: [header], deadline: .seconds(20)))
            statuses.append(response.status)
            times.append(response.timing.total.milliseconds)
        }
        guard Set(statuses).count == 1 else {
            return .failed(
                .deviation(.api, .inconsistent),
                "the same key is answered differently", expected: "one status",
                got: statuses.map(String.init).joined(separator: ", "))
        }
        guard statuses[0] < 400 || statuses[0] == 404 else {
            return .inconclusive(
                .obstacle(.prerequisite, of: .api),
                "the key is answered \(statuses[0]) five times, so no verdict on it is remembered")
        }
        let later = DatabaseLoad.percentile(0.5, of: Array(times.dropFirst()))
        context.recorder.measure(Metric("auth.first_use", times[0], .milliseconds))
        context.recorder.measure(Metric("auth.later_use", later, .milliseconds))
        return .passed(
            "five times \(statuses[0]); first \(times[0].wholeText) ms, later \(later.wholeText) ms in the median")
    }
}

private struct KeyTiming {}

extension KeyTiming: Check {
    var descriptor: CheckDescriptor {
        KeyHandling.descriptor(
            "AU-53", "Unknown and malformed keys take equally long",
            "A difference tells a guesser which part of a key is right.",
            "Present 15 unknown keys of the right form and 15 malformed ones in turn; compare the medians.",
            severity: .low, needs: [.reach(.api)], deadline: .seconds(90))
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        var unknown: [Double] = []
        var malformed: [Double] = []
        for index in 0..<15 {
            unknown.append(try await time("hk_live_" + String(repeating: "\(index % 10)", count: 40), context))
            malformed.append(try await time("x\(index)", context))
        }
        let left = DatabaseLoad.percentile(0.5, of: unknown)
        let right = DatabaseLoad.percentile(0.5, of: malformed)
        context.recorder.measure(Metric("auth.unknown_key", left, .milliseconds))
        context.recorder.measure(Metric("auth.malformed_key", right, .milliseconds))
        let told = "unknown \((left * 10).rounded() / 10) ms, malformed \((right * 10).rounded() / 10) ms in the median"
        guard abs(left - right) > 20, max(left, right) > 2 * min(left, right) else { return .passed(told) }
        return .failed(
            .exposed(.api, .timing), "the time tells what kind of key it was",
            expected: "less than 20 ms or twice apart", got: told)
    }

    private func time(_ key: String, _ context: CheckContext) async throws -> Double {
        let request = HTTPRequest(
            url: try context.url(of: .api, path: "/debug"), headers: [CheckContext.bearer(key)], deadline: .seconds(20)
        )
        let response = try await context.ask(request)
        // What is refused for another reason was not compared with anything.
        guard response.status == 401, KeyPresentationCheck.detail(response) == KeyPresentation.Text.invalid.rawValue
        else {
            throw Stop.inconclusive(
                context.symptom(of: response),
                "a made-up key is answered otherwise, so there is no time to compare: \(EndpointCheck.shown(response))")
        }
        return response.timing.total.milliseconds
    }
}

private struct RateLimit {}

extension RateLimit: Check {
    var descriptor: CheckDescriptor {
        KeyHandling.descriptor(
            "AU-54", "A refusal for too many requests says when to come back",
            "Limits are documented by headers and 429; as built none of them is active, and 20 calls prove nothing.",
            "Call 20 times in a row; if a 429 comes it must carry Retry-After, if headers come they must count down.",
            severity: .low, needs: [.reach(.api), .key(.api), .load])
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let header = CheckContext.bearer(try context.key(.api))
        var remaining: [Int] = []
        for _ in 0..<20 {
            let response = try await context.ask(
                HTTPRequest(url: try context.url(of: .api, path: "/debug"), headers: [header], deadline: .seconds(20)))
            if let text = response.headers["x-ratelimit-remaining"], let value = Int(text) { remaining.append(value) }
            guard response.status == 429 else { continue }
            guard let after = response.headers["retry-after"], let seconds = Int(after), seconds >= 0 else {
                return .failed(
                    .deviation(.api, .rateLimit, ["Retry-After"]),
                    "429 without a time to come back", expected: "Retry-After in seconds",
                    got: EndpointCheck.shown(response))
            }
            return .passed("429 with Retry-After \(after)")
        }
        guard remaining.count > 1 else {
            return .skipped(
                "no limit was met in 20 calls and no answer carries X-RateLimit headers, so there is no refusal to judge"
            )
        }
        guard remaining == remaining.sorted(by: >) else {
            return .failed(
                .deviation(.api, .rateLimit, ["X-RateLimit-Remaining"]), "the count of requests left does not fall",
                expected: "falling", got: "\(remaining)")
        }
        return .passed("\(remaining.last ?? 0) requests are left in the window")
    }
}

private struct Balance {}

extension Balance: Check {
    var descriptor: CheckDescriptor {
        KeyHandling.descriptor(
            "AU-55", "An account without balance is refused with the reason",
            "402 is billing and no outage; it must look different.",
            "GET /models/ with the key ‘poor’: 402 in profile B, accepted before.", severity: .low,
            needs: [.reach(.api), .key(.poor)], dependsOn: ["SD-01"])
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let response = try await context.ask(
            HTTPRequest(
                url: try context.url(of: .api, path: "/models/"),
                headers: [CheckContext.bearer(try context.key(.poor))],
                deadline: .seconds(30)))
        let expected = context.profile == .b || context.profile == .fixed ? 402 : 200
        context.promised([expected], answered: response)
        guard response.status == expected else {
            return .failed(
                context.symptom(of: response),
                "an account without balance is answered otherwise", expected: "\(expected)",
                got: EndpointCheck.shown(response))
        }
        return .passed("\(response.status) \(KeyPresentationCheck.detail(response))")
    }
}
