import CheckKit
import Formats
import Foundation
import HTTPClient
import RunModel

/// One way to present a key, and the answer it must get.
struct KeyPresentation: Sendable {
    /// What the request carries, made from the key.
    struct Carrier: Sendable {
        var headers: [HTTPHeader] = []
        /// Appended to the URL, with its `&`.
        var query = ""
    }

    /// The texts by which the two kinds of 401 are told apart (contract §4.2).
    enum Text: String, Sendable {
        case required = "API key required"
        case invalid = "Invalid or expired API key"
        case admin = "REGISTRY_ADMIN_REQUIRED"
    }

    var id: CheckID
    var title: String
    /// The key of the configuration that is presented; nil when the presentation makes one up.
    var key: KeyName?
    /// Where it is presented: by default the least that the registry can be asked (contract §3.4).
    var service = Service.mlflow
    var path = "/api/2.0/mlflow/experiments/search?max_results=1"
    var carrier: @Sendable (_ key: String) -> Carrier
    /// Any of these.
    var statuses: ByProfile<Set<Int>>
    var text: Text?
    /// Whether a refusal with 5xx is one all the same, when the next request is answered as ever.
    var mayBeRefusedByServerError = false
    var severity = Severity.medium
    var isCritical = false
    var dependsOn: [CheckID] = []
    var risk = ""
    var remediation = Remediation()

    /// The usual way.
    static let bearer: @Sendable (String) -> Carrier = {
        Carrier(headers: [HTTPHeader("Authorization", "Bearer \($0)")])
    }

    /// A fixed header that has nothing to do with a real key.
    static func header(_ name: String, _ value: String) -> @Sendable (String) -> Carrier {
        { _ in Carrier(headers: [HTTPHeader(name, value)]) }
    }
}

/// The check of one presentation. The family makes it.
struct KeyPresentationCheck {
    let presentation: KeyPresentation
}

extension KeyPresentationCheck: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: presentation.id, title: presentation.title,
            intent: "How requests present a key, and what each way is answered.",
            procedure:
                "GET `\(presentation.path)` below `services.\(presentation.service)` and compare status and text of the answer.",
            category: .authentication, phase: .validation, severity: presentation.severity,
            isCritical: presentation.isCritical,
            needs: [.reach(presentation.service)] + (presentation.key.map { [.key($0)] } ?? []),
            dependsOn: dependencies, deadline: Patience.proxiedCheck, risk: presentation.risk,
            remediation: presentation.remediation,
            expectations: presentation.statuses.described { Self.words($0) })
    }

    /// An expectation that differs by profile cannot be judged before the profile is known.
    private var dependencies: [CheckID] {
        presentation.statuses.value(for: nil) == nil ? presentation.dependsOn + ["SD-01"] : presentation.dependsOn
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let key = try presentation.key.map { try context.key($0) } ?? ""
        let carrier = presentation.carrier(key)
        let url = try context.url(of: presentation.service, path: presentation.path + carrier.query)
        let response = try await context.ask(HTTPRequest(url: url, headers: carrier.headers, deadline: .seconds(20)))
        if let leak = Self.echo(of: carrier, in: response, presentation.service) { return leak }
        guard let expected = presentation.statuses.value(for: context.profile) else {
            return .inconclusive(
                .obstacle(.unknownProfile, of: .api),
                "answered \(response.status), but the profile of the deployment is unknown")
        }
        let refusal = presentation.text.flatMap { expected.allSatisfy { $0 >= 400 } ? $0.rawValue : nil }
        context.promised(expected, holding: [refusal].compactMap(\.self), answered: response)
        if presentation.mayBeRefusedByServerError, response.status >= 500 {
            return try await judgeServerError(response, context)
        }
        guard expected.contains(response.status) else {
            return .failed(
                context.symptom(of: response),
                Self.meaning(response), expected: Self.words(expected), got: EndpointCheck.shown(response))
        }
        if let text = presentation.text, response.status >= 400, !response.readableText.contains(text.rawValue) {
            return .failed(
                context.symptom(of: response),
                "refused for another reason", expected: "‘\(text.rawValue)’", got: EndpointCheck.shown(response))
        }
        return .passed("\(response.status)\(response.status >= 400 ? " \(Self.detail(response))" : "")")
    }

    /// The auth service refuses what is too long, and the API calls that an outage (contract §4.3, other 4xx): it is none while an
    /// ordinary key is still looked at.
    private func judgeServerError(_ response: HTTPResponse, _ context: CheckContext) async throws -> Outcome {
        let key = "hk_test_fake_" + String(repeating: "1", count: 32)
        let url = try context.url(of: presentation.service, path: presentation.path)
        let next = try await context.ask(
            HTTPRequest(url: url, headers: [CheckContext.bearer(key)], deadline: .seconds(20)))
        guard next.status == 401, next.text.contains(Text.invalid.rawValue) else {
            return .inconclusive(
                context.symptom(of: next),
                "answered \(response.status), and an ordinary made-up key right after it \(next.status): keys are not looked at, so nothing is known of this one"
            )
        }
        return .passed(
            "refused with \(response.status), as an outage of the auth service; the next key is answered 401 as ever")
    }

    private static func words(_ statuses: Set<Int>) -> String {
        statuses.sorted().map(String.init).joined(separator: " or ")
    }

    static func detail(_ response: HTTPResponse) -> String {
        (try? response.json(JSONValue.self))?["detail"]?.text ?? ""
    }

    /// What an unexpected answer says about the cause (contract §4.3, §11).
    static func meaning(_ response: HTTPResponse) -> String {
        let detail = detail(response)
        switch response.status {
        case 200..<300: return "the key is accepted although it must not be"
        case 401 where detail == Text.required.rawValue: return "the key did not arrive: stripped or misread on the way"
        case 401 where detail.contains("Authentication service"), 503: return "the auth service is out of order"
        case 401: return "the auth service refuses the key"
        case 403: return "the key lacks a right"
        case 429: return "too many requests for this key"
        case 502, 504: return "MLflow is not reached behind the API"
        case 500...: return "the service breaks on this key"
        default: return "an unexpected answer"
        }
    }

    private typealias Text = KeyPresentation.Text

    /// An answer must never carry the key it was sent.
    private static func echo(
        of carrier: KeyPresentation.Carrier, in response: HTTPResponse, _ service: Service
    ) -> Outcome? {
        let answer =
            response.text + response.readableText
            + response.headers.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
        for header in carrier.headers {
            let value = header.value.split(separator: " ").last.map(String.init) ?? ""
            if value.count >= 12, answer.contains(value) {
                return .failed(
                    .exposed(.service(service), .keyInAnswer),
                    "the answer repeats the key", expected: "no key material in an answer",
                    got: "the value of \(header.name) stands in the answer of status \(response.status)")
            }
        }
        return nil
    }
}
