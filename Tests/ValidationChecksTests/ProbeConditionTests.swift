import HTTPClient
import Settings
import Testing

@testable import ValidationChecks

@Suite struct ProbeConditionTests {
    @Test(
        "A condition holds or not, for numbers, durations and text",
        arguments: [
            ("status == 200", "200", true), ("status == 200", "200.0", true), ("status != 200", "404", true),
            ("status < 400", "399", true), ("status < 400", "400", false), ("status >= 200", "200", true),
            ("time < 500ms", "499.9ms", true), ("time < 500ms", "0.6s", false), ("time <= 2s", "2000ms", true),
            ("body contains ok", "it is ok", true), ("body =~ ^v\\d+$", "v12", true), ("body =~ ^v\\d+$", "12", false),
            ("json.status == healthy", "healthy", true), ("json.status == \"two words\"", "two words", true),
            ("certificate_days > 30", "30", false), ("header.content-type contains json", "application/json", true),
        ])
    func holds(text: String, observed: String, expected: Bool) throws {
        let condition = try #require(ProbeCondition(text))
        #expect(condition.holds(for: observed) == expected)
    }

    @Test(
        "What cannot be compared is neither true nor false",
        arguments: [
            ("status < 400", "none"), ("time < soon", "5ms"), ("body =~ ([", "x"),
        ])
    func incomparable(text: String, observed: String) throws {
        #expect(try #require(ProbeCondition(text)).holds(for: observed) == nil)
    }

    @Test(
        "What is no condition is refused",
        arguments: [
            "", "status", "status 200", "status==200", "weather == good", "== 200", "status ==", "json == 1",
        ])
    func refused(text: String) {
        #expect(ProbeCondition(text) == nil)
    }

    @Test("A failure shows the value that was there") func shown() throws {
        let response = HTTPResponse(
            status: 503, headers: [HTTPHeader("Retry-After", "7")],
            body: Array(#"{"services":[{"name":"db","up":false}]}"#.utf8))
        let conditions = ["status == 200", "json.services[0].up == true", "header.retry-after < 5", "json.none == 1"]
        let outcome = ProbeObservation(response).judge(conditions.compactMap(ProbeCondition.init))
        guard case .failed(let mismatch) = outcome else {
            Issue.record("expected a failure, got \(outcome)")
            return
        }
        #expect(mismatch.message == "4 of 4 conditions do not hold")
        #expect(
            mismatch.got
                == "status is 503; json.services[0].up is false; header.retry-after is 7; json.none is missing")
    }

    @Test("Names of probes become identifiers, and equal ones stay apart") func identifiers() throws {
        #expect(TeamProbes.identifier("Checkout page (EU)") == "CHECKOUT-PAGE-EU")
        #expect(TeamProbes.identifier("…") == "UNNAMED")
        let text = """
            environment: test
            probes:
              - { name: Same name, target: "http://127.0.0.1:1/" }
              - { name: same NAME, target: "http://127.0.0.1:1/" }
            """
        let configuration = try Configuration.parse(text, path: "test.yaml", environment: [:])
        let ids = TeamProbes().checks(for: configuration).map(\.descriptor.id.rawValue)
        #expect(ids == ["PROBE-SAME-NAME", "PROBE-SAME-NAME-2"])
    }
}
