import Diagnosis
import Foundation
import RunModel
import TestSupport
import Testing

@testable import Job

/// The looks that tell causes apart, on an API that is scripted.
@Suite struct QuestionTests {
    private static let redis = #"{"status":"degraded","services":{"redis":"unhealthy","mlflow":"healthy"}}"#

    private func ask(
        _ look: Question.Look, _ handler: @escaping @Sendable (LoopbackHTTPServer.Request) -> LoopbackHTTPServer.Reply
    )
        async throws -> CheckResult
    {
        try await withTemporaryDirectory { directory in
            let server = try LoopbackHTTPServer(respond: handler)
            defer { server.stop() }
            let configuration = try JobFixture.configuration("services: { api: \"\(server.url)\" }")
            let question = Question(look: look, between: [], text: "asked")
            #expect(question.isPossible(under: configuration))
            let check = Question.Asked(question: question, number: 1)
            let runner = try JobFixture.runner(directory, configuration: configuration)
            return try #require(try await runner.run(check, check.descriptor, facts: [:]))
        }
    }

    @Test(
        "An API that names a dependency at once was refused, and one that waits was cut off",
        arguments: [(Duration.zero, ForeignError.Reason.refused), (.milliseconds(1700), .timedOut)])
    func patience(delay: Duration, reason: ForeignError.Reason) async throws {
        let result = try await ask(.through(.api, .redis)) { request in
            request.path == "/health" ? .json(Self.redis, after: delay) : .json("{}")
        }
        guard case .report(let reporter, let error)? = result.outcome.symptom else {
            Issue.record("\(result.outcome)")
            return
        }
        #expect(reporter == .api)
        #expect(error.component == .redis)
        #expect(error.reason == reason)
        #expect(result.path?.edges.contains { $0.to == .redis && $0.failed == 1 } == true)
        #expect(result.id == "ASK-01")
    }

    @Test("An API that is late with everything tells nothing by being late")
    func lateWithAll() async throws {
        let result = try await ask(.through(.api, .redis)) { request in
            .json(request.path == "/health" ? Self.redis : "{}", after: .milliseconds(1600))
        }
        #expect(result.status == .inconclusive)
    }

    @Test(
        "A dependency that is no longer called unwell was reached, and a page of its own shows that a service answers")
    func passes() async throws {
        let well = try await ask(.through(.api, .redis)) { _ in .json(#"{"services":{"redis":"healthy"}}"#) }
        #expect(well.status == .passed)
        #expect(well.path?.edges.contains { $0.from == .api && $0.to == .redis && $0.passed == 1 } == true)
        let alive = try await ask(.directly(.api)) { _ in .json("{}") }
        #expect(alive.status == .passed)
        let broken = try await ask(.directly(.api)) { _ in .json(#"{"detail":"no"}"#, status: 503) }
        #expect(broken.status == .failed)
    }

    @Test("Nobody is asked whose address the configuration does not tell")
    func possible() throws {
        let configuration = try JobFixture.configuration()
        for look in [Question.Look.directly(.database), .directly(.mlflow), .through(.api, .redis)] {
            #expect(!Question(look: look, between: [], text: "").isPossible(under: configuration))
        }
    }
}
