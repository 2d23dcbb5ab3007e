import Formats
import Foundation
import HTTPClient

/// What `GET /health/mlflow` says (contract §2.4), whatever its status.
package struct MLflowHealth: Sendable {
    package let response: HTTPResponse
    package let body: JSONValue

    package init(_ response: HTTPResponse) {
        self.response = response
        body = (try? response.json(JSONValue.self)) ?? .null
    }

    package var status: Int { response.status }
    package var details: JSONValue? { body["circuit_breaker_details"].flatMap { $0.object == nil ? nil : $0 } }

    /// OPEN cannot be said by builds that answer 500 with the word UNKNOWN instead (contract §2.2, §5.4.3).
    package var state: CircuitBreaker.State? {
        let word = body["circuit_breaker_state"]?.string
        if status == 500, word == "UNKNOWN" { return .open }
        return word.flatMap(CircuitBreaker.State.init(rawValue:))
    }

    /// Whether the breaker let no probe through; nil where the answer does not tell.
    package var isBlocked: Bool? {
        if status == 500 || body["connected"]?.boolean == nil { return nil }
        return body["can_retry_in_seconds"] != nil
    }

    /// Whether the answer's own probe reached MLflow; nil where there was none or the answer does not tell.
    package var isConnected: Bool? { isBlocked == false ? body["connected"]?.boolean : nil }

    /// A count, or the nearest that there is: what no breaker can have counted agrees with nothing.
    package func count(_ name: String) -> Int? { details?[name]?.number.map { Int(clamping: $0) } }
    package func seconds(_ name: String) -> Double? { details?[name]?.number }

    /// What the answer shows of the breaker. Whether that is before or after its own probe depends on the build.
    package var shown: BreakerObservation {
        BreakerObservation(
            state: state, failureCount: count("failure_count"), consecutiveSuccesses: count("consecutive_successes"),
            recoveryAttempts: count("recovery_attempts"))
    }
}
