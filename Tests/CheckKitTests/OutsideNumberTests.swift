import Formats
import Foundation
import HTTPClient
import TestSupport
import Testing

@testable import CheckKit

@Suite struct OutsideNumberTests {
    private static let numbers: Set<String> = ["1e300", "-1", "9223372036854775808", "1e19"]

    private static func health(_ field: String, _ text: String) -> MLflowHealth {
        // Python writes NaN and Infinity as words, which is no JSON; as texts they are no numbers.
        let literal = Double(text)?.isFinite == true ? text : "\"\(text)\""
        let body =
            #"{"circuit_breaker_state": "CLOSED", "connected": true, "circuit_breaker_details": {"\#(field)": \#(literal)}}"#
        return MLflowHealth(HTTPResponse(status: 200, headers: HTTPHeaders([]), body: Array(body.utf8)))
    }

    static let readers: [NumberReader] = [
        NumberReader("a sample of Prometheus", accepts: numbers) { text in
            let value = PrometheusText("up \(text)\n").value("up")
            return value?.isFinite == true ? value : nil
        },
        NumberReader("a length of time in MLflow's health", accepts: numbers) {
            health("recovery_timeout", $0).seconds("recovery_timeout")
        },
    ]

    @Test("no number from outside ends the process or is taken for one", arguments: readers, HostileNumber.texts)
    func table(reader: NumberReader, text: String) async {
        let problem = await reader.problem(with: text)
        #expect(problem == nil, "\(reader) of ‘\(text)’")
    }

    @Test("a count that no breaker can have counted agrees with nothing", arguments: HostileNumber.texts)
    func counts(text: String) {
        let answer = Self.health("failure_count", text)
        #expect(answer.count("failure_count") != 0)
        #expect(!answer.shown.description.isEmpty)
    }
}
