import CheckKit
import Formats
import HTTPClient
import RunModel
import Settings

/// Whether the services reach each other, as far as the API's own answers show it (contract §1.1, §4.3, §11).
struct ServiceLinks: CheckFamily {
    func checks(for configuration: Configuration) -> [any Check] {
        [APIToMLflow(), APIToAuth(), APIToDatabase()]
    }
}

private struct APIToMLflow {}

extension APIToMLflow: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "SH-60", title: "The API reaches MLflow",
            intent:
                "The proxy's error names the internal address that it tried: the best evidence there is.",
            procedure:
                "GET `/health` of MLflow through the proxy, with the key ‘api’; 502 and 504 of the proxy tell the link's state.",
            category: .serviceHealth, phase: .validation, severity: .critical, isCritical: true,
            needs: [.reach(.mlflow), .key(.api)], deadline: Patience.proxiedCheck,
            risk: "No model can be registered or read.",
            remediation: Remediation(
                summary:
                    "502 with a wrong name: correct MLFLOW_TRACKING_URI. 502 with the right name: start MLflow. 504: open port 5000 between the tasks.",
                command:
                    "aws servicediscovery discover-instances --namespace-name \"$NAMESPACE\" --service-name mlflow",
                terraform: """
                    resource "aws_security_group_rule" "api_to_mlflow" {
                      type = "ingress" from_port = 5000 to_port = 5000 protocol = "tcp"
                      security_group_id = aws_security_group.ecs.id
                      source_security_group_id = aws_security_group.ecs.id
                    }
                    """))
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let response = try await context.ask(
            HTTPRequest(
                url: try context.url(of: .mlflow, path: "/health"),
                headers: [CheckContext.bearer(try context.key(.api))], deadline: .seconds(40)))
        let detail = KeyPresentationCheck.detail(response)
        context.promised([200, 404], answered: response)
        switch response.status {
        case 502:
            return .failed(
                context.symptom(of: response), "the API cannot connect to MLflow", expected: "an answer of MLflow",
                got: detail)
        case 504:
            return .failed(
                context.symptom(of: response), "MLflow does not answer the API in time",
                expected: "an answer of MLflow", got: detail)
        case 200, 404: return .passed("MLflow answers the API (\(response.status))")
        case 401, 402, 403, 429, 503:
            return .inconclusive(
                context.symptom(of: response), "the key gets no further than the API: \(EndpointCheck.shown(response))")
        default:
            return .failed(
                context.symptom(of: response), "the proxy breaks", expected: "an answer of MLflow",
                got: EndpointCheck.shown(response))
        }
    }
}

private struct APIToAuth {}

extension APIToAuth: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "SH-61", title: "The API reaches the auth service",
            intent:
                "An unknown key can only be called invalid by the auth service: the API knows no keys.",
            procedure:
                "GET `/debug` with a made-up key; ‘Invalid or expired API key’ proves that the auth service was asked.",
            category: .serviceHealth, phase: .validation, severity: .critical, isCritical: true, needs: [.reach(.api)],
            deadline: .seconds(30), risk: "Every request with a key is refused.",
            remediation: Remediation(
                summary:
                    "Look at the auth service and at the API's HOKUSAI_AUTH_SERVICE_URL.",
                command: "curl -sS -m 5 \"$AUTH_URL/health\"",
                terraform: "environment = [{ name = \"HOKUSAI_AUTH_SERVICE_URL\", value = \"https://auth.hokus.ai\" }]")
        )
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let key = "hk_test_fake_" + String(repeating: "0", count: 32)
        let response = try await context.ask(
            HTTPRequest(
                url: try context.url(of: .api, path: "/debug"), headers: [CheckContext.bearer(key)],
                deadline: .seconds(20)))
        let detail = KeyPresentationCheck.detail(response)
        context.recorder.measure(
            Metric("auth.validation", response.timing.total.milliseconds, .milliseconds))
        context.promised([401], holding: [KeyPresentation.Text.invalid.rawValue], answered: response)
        if response.status == 401, detail == KeyPresentation.Text.invalid.rawValue {
            return .passed("the auth service refused a made-up key in \(response.timing.total.readable)")
        }
        if detail.contains("timeout") {
            return .failed(
                context.symptom(of: response),
                "the auth service does not answer the API in time", expected: "a verdict within 5 s",
                got: EndpointCheck.shown(response))
        }
        if detail.contains("Authentication service") {
            return .failed(
                context.symptom(of: response),
                "the API gets no verdict from the auth service", expected: "401 Invalid or expired API key",
                got: EndpointCheck.shown(response))
        }
        return .failed(
            context.symptom(of: response),
            KeyPresentationCheck.meaning(response), expected: "401 Invalid or expired API key",
            got: EndpointCheck.shown(response))
    }
}

private struct APIToDatabase {}

extension APIToDatabase: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "SH-62", title: "The API reaches its database",
            intent: "What the database looks like from inside the network, wherever this run looks from.",
            procedure: "GET /ready and read its check `database`.", category: .serviceHealth, phase: .validation,
            severity: .critical, isCritical: true, needs: [.reach(.api)], excludes: [.breaker], deadline: .seconds(80),
            risk: "The API answers 503 and is taken out of service.",
            remediation: Remediation(
                summary:
                    "The error text tells the case: password, database name, or silence of a security group.",
                command: "curl -sS \"$API_URL/ready\" | jq '.checks[] | select(.name == \"database\")'"))
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let response = try await context.ask(
            HTTPRequest(url: try context.url(of: .api, path: "/ready"), deadline: .seconds(70)))
        guard response.status == 200 || response.status == 503, let body = try? response.json(JSONValue.self),
            let check = body["checks"]?.array?.first(where: { $0["name"]?.string == "database" })
        else {
            return .inconclusive(
                .obstacle(.hidden, of: .database), "/ready answers \(response.status) and tells nothing of the database"
            )
        }
        let passed = check["passed"]?.boolean == true
        context.recorder.establish(.apiDatabase, passed ? "passed" : "failed")
        guard passed else {
            return .failed(
                .report(by: .api, of: .database, says: check["error"]?.text ?? check.text),
                "the API cannot use its database", expected: "check ‘database’ passed",
                got: check["error"]?.text ?? check.text)
        }
        return .passed("the API's own check of the database passed")
    }
}
