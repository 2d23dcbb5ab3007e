import CheckKit
import HTTPClient
import RunModel

/// Who may reset the breaker: an open call lets anybody switch the protection of MLflow off (contract §5.4).
struct BreakerResetAccess: Check {
    private static let path = "/health/mlflow/reset"

    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "SH-70", title: "The breaker cannot be reset without a key",
            intent:
                "A reset forgets every failure: whoever may send it switches the protection of a dead MLflow off, again and again.",
            procedure: "POST `\(Self.path)` without a key: 401 or 403.", category: .serviceHealth, phase: .validation,
            severity: .medium, needs: [.reach(.api)], excludes: [.breaker], deadline: .seconds(40),
            risk: "A stranger keeps every request waiting for a dead MLflow.",
            remediation: Remediation(
                summary:
                    "Take the path out of the key-free prefixes (a prefix of `/health` covers it), or ask for a key in its handler."
            ),
            expectations: [
                "A": "401, known to answer 200", "M": "401, known to answer 200", "B": "401, known to answer 200",
                "fixed": "401",
            ])
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let request = HTTPRequest(
            method: "POST", url: try context.url(of: .api, path: Self.path), deadline: .seconds(30))
        let response = try await context.ask(request)
        // While the path is open, sending it again does what this call has done already.
        context.recorder.judge(fault: [.status([200, 204])], repaired: [.status([401, 403])], isHarmless: true)
        context.recorder.blameLastExchange(response)
        switch response.status {
        case 401, 403: return .passed("refused with \(response.status)")
        case 200..<300:
            return .failed(
                .exposed(.breaker, .access), "anybody can reset the breaker without a key", expected: "401 or 403",
                got: EndpointCheck.shown(response))
        case 404, 405: return .skipped("this API has no reset of the breaker: \(response.status)")
        default:
            return .inconclusive(
                context.symptom(of: response, method: "POST"),
                "the call neither was done nor is it refused: \(EndpointCheck.shown(response))")
        }
    }
}
