import Formats
import Foundation
import RunModel
import TestSupport
import Testing

@Suite struct CodingTests {
    @Test(
        "every outcome survives its JSON, and its status stands in it by name",
        arguments: [
            .passed("note"), .failed(.unrecorded, "m", expected: "e", got: "g"), .error("e"), .timeout("t"),
            .inconclusive(.unrecorded, "i"),
            .blocked(by: "CB-01"), .skipped("s"), .flaky("f"), .passed(""), .passed("\u{0}\n\u{202E}\"\\"),
        ] as [Outcome])
    func outcomes(outcome: Outcome) throws {
        let data = try JSON.data(outcome)
        #expect(try JSON.decode(Outcome.self, from: data) == outcome)
        #expect(try JSON.decode(JSONValue.self, from: data)["status"]?.string == outcome.status.rawValue)
    }

    @Test("a failed outcome without what was expected is refused, and so is an unknown status")
    func brokenOutcomes() {
        for text in [#"{"status":"failed","message":"m"}"#, #"{"status":"great"}"#, "{}", #"{"status":"blocked"}"#] {
            #expect(throws: (any Error).self) { try JSON.decode(Outcome.self, from: Data(text.utf8)) }
        }
    }

    @Test("a result with everything in it survives its JSON")
    func result() throws {
        let moment = Date(timeIntervalSince1970: 1_770_091_506.125)
        let result = CheckResult(
            id: "CB-05", outcome: .failed(.breaker(.constantBackOff), "a", expected: "b", got: "c"), subject: .launched,
            startedAt: moment,
            duration: .microseconds(1_234_567),
            earlierAttempts: [Attempt(outcome: .timeout("slow"), startedAt: moment, duration: .milliseconds(250))],
            evidence: [EvidenceReference(title: "GET /", sha256: "00ff", fileExtension: "json", size: 12)],
            measurements: [Metric("http.p95", 12.5, .milliseconds, labels: ["endpoint": "/health"])],
            facts: [.profile: "B"],
            path: Path([.call(.vantage, .api, held: true), .call(.api, .mlflow, held: false)]), reproduction: "curl x",
            muted: Mute(owner: "o", reason: "r", expires: "2030-01-01"))
        #expect(try JSON.decode(CheckResult.self, from: try JSON.data(result)) == result)
    }

    @Test(
        "whole records survive their JSON",
        arguments: [RunRecordFixture.passing, RunRecordFixture.failing, RunRecordFixture.partial])
    func records(record: RunRecord) throws {
        #expect(try JSON.decode(RunRecord.self, from: try JSON.data(record)) == record)
        #expect(try JSON.data(record) == JSON.data(record))
    }

    @Test("the names of runs sort by time and hold six digits of chance")
    func runIDs() {
        let early = RunID(startedAt: Date(timeIntervalSince1970: 0), random: 0xF)
        #expect(early.rawValue == "19700101T000000Z-00000f")
        #expect(early.rawValue < RunID(startedAt: Date(timeIntervalSince1970: 1), random: 0).rawValue)
    }
}
