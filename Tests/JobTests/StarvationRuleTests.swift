import CheckKit
import Processes
import RunModel
import Testing

@testable import Job

@Suite struct StarvationRuleTests {
    private static let quiet = Starvation(longestPause: 0.01, waiting: 0.3, stolen: 0)
    private static let busy = Starvation(longestPause: 0.4, waiting: 0.95, stolen: 0)
    private static let standstill = Starvation(longestPause: 1.4, waiting: 0.95, stolen: 0)

    private static let silence = failed(.noConnection(NoConnection(.api, at: "api.localhost:8001", .silent)))
    private static let refusal = failed(.noConnection(NoConnection(.api, at: "api.localhost:8001", .refused)))
    private static let gatewayTimeout = failed(.answer(HTTPAnswer(.api, path: "/models", status: 504)))
    private static let serverError = failed(.answer(HTTPAnswer(.api, path: "/models", status: 500)))

    private static func failed(_ symptom: Symptom) -> Outcome {
        .failed(symptom, "not as promised", expected: "an answer", got: "another")
    }

    private func status(
        _ outcome: Outcome, _ starvation: Starvation, gaveUpEarly: Bool = false, host: String = "api.localhost:8001"
    ) throws -> Status {
        let configuration = try JobFixture.configuration("services:\n  api: http://\(host)")
        return StarvationRule(configuration: configuration, gaveUpEarly: gaveUpEarly)
            .outcome(of: outcome, under: starvation).status
    }

    @Test func `a verdict about time is none on a busy machine`() throws {
        #expect(try status(.timeout("no result"), Self.busy) == .inconclusive)
        #expect(try status(.timeout("no result"), Self.quiet) == .timeout)
    }

    @Test func `silence for the whole time needs a machine that stood still, a shorter one a busy machine`() throws {
        #expect(try status(Self.silence, Self.busy) == .failed)
        #expect(try status(Self.silence, Self.standstill) == .inconclusive)
        #expect(try status(Self.silence, Self.busy, gaveUpEarly: true) == .inconclusive)
        #expect(try status(Self.silence, Self.quiet, gaveUpEarly: true) == .failed)
    }

    @Test func `a gateway that gave up says as much of this machine where the target stands on it`() throws {
        #expect(try status(Self.gatewayTimeout, Self.busy) == .inconclusive)
        #expect(try status(Self.gatewayTimeout, Self.quiet) == .failed)
        #expect(try status(Self.gatewayTimeout, Self.busy, host: "api.example.com") == .failed)
    }

    @Test func `what no shortage of time makes stays as it is`() throws {
        for outcome in [Self.refusal, Self.serverError, .passed("fine"), .skipped("no key")] {
            #expect(try status(outcome, Self.standstill, gaveUpEarly: true) == outcome.status)
        }
    }
}
