import CheckKit
import Formats
import HTTPClient
import RunModel
import Settings

/// Every listener rule, proven by a request that only its target answers in this way (contract §9.2).
struct RoutingRules: CheckFamily {
    func checks(for configuration: Configuration) -> [any Check] {
        Self.rules.map(RoutingCheck.init)
    }

    static let rules: [RoutingRule] = [
        RoutingRule(
            id: "SH-50", title: "The registry's default rule leads to the API", service: .registry, path: "/health",
            target: .api, isCritical: true
        ) { response, _ in
            response.status < 500 && (try? response.json(JSONValue.self))?["services"]?.object != nil
        },
        RoutingRule(
            id: "SH-51", title: "The registry's /mlflow rule leads to MLflow", service: .registry,
            path: "/mlflow/health", target: .mlflow, part: .balancer
        ) { response, _ in
            let text = response.readableText.filter { !$0.isWhitespace }
            return response.status == 200 && (text == "OK" || text == "{\"status\":\"ok\"}")
        },
        RoutingRule(
            id: "SH-52", title: "The registry's /api/mlflow rule leads to the API", service: .registry,
            path: "/api/mlflow/api/2.0/mlflow/experiments/search?max_results=1", key: .api, target: .api,
            isCritical: true
        ) { response, _ in
            // MLflow's own answer, or what the API says of the key or of MLflow (contract §3.2, §4.2).
            guard let body = try? response.json(JSONValue.self) else { return false }
            return body["experiments"]?.array != nil || body["error_code"]?.string != nil
                || (response.status >= 400 && body["detail"]?.text.isEmpty == false)
        },
        RoutingRule(
            id: "SH-53", title: "The auth host's /api rule leads to the auth service", service: .auth,
            path: "/api/v1/keys/validate", target: .auth, isCritical: true
        ) { response, _ in
            // The API asks for a key before it knows the path; the auth service knows the path and refuses GET.
            response.status == 405
        },
        RoutingRule(
            id: "SH-54", title: "The auth host's default rule leads to the auth service", service: .auth,
            path: "/health", target: .auth, isCritical: true
        ) { response, _ in
            (try? response.json(JSONValue.self))?["service"]?.string?.contains("auth") == true
        },
        RoutingRule(
            id: "SH-55", title: "The API's host leads to the API", service: .api, path: "/health", target: .api,
            isCritical: true
        ) { response, _ in
            (try? response.json(JSONValue.self))?["services"]?.object != nil
        },
    ]
}

/// One rule and the request that proves it.
struct RoutingRule: Sendable {
    var id: CheckID
    var title: String
    var service: Service
    var path: String
    var key: KeyName?
    var target: Responder
    /// What must be there for the rule to exist.
    var part: SystemPart?
    var isCritical = false
    /// Whether the answer is one that only the target gives.
    var isFromTarget: @Sendable (HTTPResponse, DeploymentProfile?) -> Bool
}

/// The check of one rule. The family makes it.
struct RoutingCheck {
    let rule: RoutingRule
}

extension RoutingCheck: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: rule.id, title: rule.title,
            intent:
                "A rule too wide or in the wrong order sends requests to the wrong service.",
            procedure:
                "GET `\(rule.path)` of \(rule.service) \(rule.key == nil ? "without a key" : "with a key") and recognise who answers.",
            category: .serviceHealth, phase: .validation, severity: .high, isCritical: rule.isCritical,
            needs: [.reach(rule.service)] + (rule.key.map { [.key($0)] } ?? []) + (rule.part.map { [.part($0)] } ?? []),
            excludes: [.breaker],
            deadline: Patience.proxiedCheck, risk: "Requests to \(rule.target.title) are answered by another service.",
            remediation: Remediation(
                summary: "Give each rule its host condition and put the narrower path first.",
                command:
                    "aws elbv2 describe-rules --listener-arn \"$LISTENER_ARN\" --query 'Rules[].[Priority,Conditions[].Values,Actions[0].TargetGroupArn]' --output table",
                terraform: """
                    resource "aws_lb_listener_rule" "mlflow_proxy" {
                      listener_arn = aws_lb_listener.https.arn
                      priority     = 105
                      condition { host_header { values = ["registry.hokus.ai"] } }
                      condition { path_pattern { values = ["/api/mlflow/*"] } }
                      action { type = "forward" target_group_arn = aws_lb_target_group.api.arn }
                    }
                    """))
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        var request = HTTPRequest(url: try context.url(of: rule.service, path: rule.path), deadline: .seconds(30))
        if let key = rule.key { request.headers = [CheckContext.bearer(try context.key(key))] }
        let response = try await context.ask(request)
        if rule.isFromTarget(response, context.profile) {
            return .passed("\(rule.target.title) answers \(response.status)")
        }
        if response.status >= 500 {
            return .inconclusive(
                context.symptom(of: response),
                "the rule's target is out of order, so nothing is proven: \(EndpointCheck.shown(response))")
        }
        if response.status == 429 {
            return .inconclusive(
                context.symptom(of: response),
                "a rate limit refused the request, and whose limit it is cannot be seen: \(EndpointCheck.shown(response))"
            )
        }
        let other = Responder.recognised(in: response)
        if response.body.isEmpty { return unsigned(response, context) }
        if let doubt = try await doubt(response, other, context) { return doubt }
        if other == rule.target {
            return .failed(
                context.symptom(of: response),
                "\(rule.path) of \(rule.service) leads to \(other.title), which answers otherwise than it should",
                expected: "an answer of \(rule.target.title) to this path", got: EndpointCheck.shown(response))
        }
        return .failed(
            .misrouted(rule.service, path: rule.path, expected: rule.target, got: other),
            "\(rule.path) of \(rule.service) is answered by \(other.title)",
            expected: "an answer of \(rule.target.title)", got: EndpointCheck.shown(response))
    }

    /// Why an answer that is not the target's own proves no wrong rule; nil when it does.
    private func doubt(
        _ response: HTTPResponse, _ other: Responder, _ context: CheckContext
    ) async throws -> Outcome? {
        if rule.part == .balancer, try !LoadBalancerSign.isSeen(in: response, context) {
            return .skipped(
                "no load balancer is seen in front of \(rule.service): its address is the API's own, `aws` names none, and no answer is one of a balancer"
            )
        }
        guard other == .unknown else { return nil }
        if try LoadBalancerSign.isSeen(in: response, context) {
            // A page that many servers have proves no wrong rule.
            guard response.status == 200, (try? response.json(JSONValue.self)) != nil else { return nil }
            return unsigned(response, context)
        }
        switch await context.identity(of: rule.service) {
        case .confirmed where rule.service.responder == rule.target:
            return .passed("no load balancer is seen here, and \(rule.target.title) answers at this address")
        case .confirmed, .unknown: return unsigned(response, context)
        case .foreign: return nil
        }
    }

    private func unsigned(_ response: HTTPResponse, _ context: CheckContext) -> Outcome {
        .inconclusive(
            context.symptom(of: response),
            "nothing in the response says which service sent it: \(EndpointCheck.shown(response))"
        )
    }
}

/// Whether there is a load balancer whose rules could be wrong.
enum LoadBalancerSign {
    static func isSeen(in response: HTTPResponse, _ context: CheckContext) throws -> Bool {
        let settings = context.configuration
        if settings.aws?.loadBalancers.isEmpty == false { return true }
        let server = response.headers["server"]?.lowercased() ?? ""
        if server.hasPrefix("awselb") || server.contains("nginx") || Responder.recognised(in: response) == .balancer {
            return true
        }
        // Two host names for one API are told apart by somebody in front of it.
        return settings.services.registry.flatMap(Place.text) != settings.services.api.flatMap(Place.text)
    }
}
