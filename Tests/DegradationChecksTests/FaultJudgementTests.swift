import HTTPClient
import RunModel
import Testing

@testable import DegradationChecks

/// What is made of the answers that a service gives while something is broken; the faults themselves are for the local stack.
@Suite struct FaultJudgementTests {
    private static func answer(
        _ page: String, _ status: Int?, _ body: String = "{}", after duration: Duration = .milliseconds(20)
    ) -> HungDependency.Answer {
        HungDependency.Answer(
            page: page,
            response: status.map { HTTPResponse(status: $0, headers: HTTPHeaders([]), body: Array(body.utf8)) },
            duration: duration)
    }

    private static func judged(
        _ id: CheckID, ready: HungDependency.Answer, live: HungDependency.Answer = answer("/live", 200)
    ) throws -> Outcome {
        try #require(HungDependency.all.first { $0.id == id }).judge([ready], live)
    }

    @Test(arguments: ["SH-71", "SH-72", "SH-73", "SH-74"] as [CheckID])
    func `a hang is stood when every page answers and liveness at once`(id: CheckID) throws {
        let ready = Self.answer("/ready", 503, #"{"ready":false,"can_serve_traffic":false}"#, after: .seconds(12))
        #expect(try Self.judged(id, ready: ready).status == .passed)
    }

    @Test(arguments: ["SH-71", "SH-72", "SH-73", "SH-74"] as [CheckID])
    func `a page without an answer fails, and so does a liveness that stands still`(id: CheckID) throws {
        let ready = Self.answer("/ready", 503)
        #expect(try Self.judged(id, ready: Self.answer("/ready", nil, after: .seconds(65))).status == .failed)
        for live in [
            Self.answer("/live", nil, after: .seconds(65)), Self.answer("/live", 500),
            Self.answer("/live", 200, after: .seconds(6)),
        ] {
            #expect(try Self.judged(id, ready: ready, live: live).status == .failed)
        }
    }

    @Test func `a service that calls itself ready without its database fails, and without anything else passes`() throws
    {
        let ready = Self.answer("/ready", 200, #"{"ready":true,"can_serve_traffic":true}"#)
        #expect(try Self.judged("SH-72", ready: ready).status == .failed)
        for id in ["SH-71", "SH-73", "SH-74"] as [CheckID] {
            #expect(try Self.judged(id, ready: ready).status == .passed)
        }
    }

    @Test(
        "SH-75: a counter that does not count, or no number, fails",
        arguments: [
            (5, .passed), (0, .failed), (.nan, .failed), (.infinity, .failed), (nil, .skipped),
        ] as [(Double?, Status)])
    func counter(value: Double?, status: Status) {
        #expect(BreakerFailureMetric.judge(value, threshold: 5).status == status)
    }
}
