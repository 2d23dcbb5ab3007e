import CheckKit
import Foundation
import RunModel
import Settings
import TestSupport
import Testing

@testable import Job

/// What an outcome must rest on, whichever check it comes from.
@Suite struct OutcomeRuleTests {
    /// Does what the test says and keeps nothing by itself.
    private struct Bare: Check {
        let descriptor: CheckDescriptor
        let body: @Sendable (CheckContext) async throws -> Outcome

        func run(_ context: CheckContext) async throws -> Outcome { try await body(context) }
    }

    private func outcome(
        _ needs: [Capability] = [], id: CheckID = "X-01", services: String = "",
        _ body: @escaping @Sendable (CheckContext) async throws -> Outcome
    ) async throws -> Outcome {
        try await withTemporaryDirectory { directory in
            let runner = try JobFixture.runner(
                directory, configuration: try JobFixture.configuration(services))
            let descriptor = JobFixture.descriptor(id, needs: needs)
            return try #require(
                try await runner.run(Bare(descriptor: descriptor, body: body), descriptor, facts: [:])
            ).outcome
        }
    }

    @Test func `a pass that kept nothing of what it saw is no pass`() async throws {
        let bare = try await outcome { _ in .passed("fine") }
        #expect(bare.status == .error)
        #expect(bare.message.contains("kept nothing of what it saw (fine)"))
    }

    @Test func `a pass states the limits that it was held against, and not those that only guard the target`()
        async throws
    {
        let told = try await outcome { context in
            let limit = context.threshold("p95_ms", default: 2000)
            _ = context.threshold("stop_cpu", default: 0.8)
            _ = context.threshold("share", default: 0.25)
            context.recorder.measure(Metric("p95", 12, .milliseconds))
            return .passed("p95 12 ms of \(limit)")
        }
        #expect(told == .passed("p95 12 ms of 2000.0 [limits: p95_ms 2000, share 0.25]"))
    }

    private static let right = #"{"status":"healthy","version":"1.0.0","services":{"api":"healthy"}}"#

    @Test(
        "what is seen at an address counts only when the service itself answers there",
        arguments: [
            (right, 200, Status.passed, Status.failed), (right, 503, .passed, .failed),
            (#"{"detail":"API key required"}"#, 401, .passed, .failed),
            (#"{"status":"ok"}"#, 200, .inconclusive, .inconclusive), ("", 200, .inconclusive, .inconclusive),
            (#"{"detail":"Not Found"}"#, 404, .inconclusive, .inconclusive),
            // An error of a balancer, a refusal: nobody has shown himself, so nothing is proven for the service or against it.
            ("<html>Bad Gateway</html>", 502, .inconclusive, .failed), ("{}", 401, .inconclusive, .failed),
        ])
    func identity(body: String, status: Int, pass: Status, failure: Status) async throws {
        let server = try LoopbackHTTPServer { _ in .json(body, status: status) }
        let services = "services: { api: \(server.url) }\n"
        let passed = try await outcome([.reach(.api)], services: services) { context in
            context.recorder.measure(Metric("a", 1, .count))
            return .passed("fine")
        }
        #expect(passed.status == pass, "\(passed)")
        // A failure is no fault of the service either, unless the check exists to tell who answers.
        let failed = try await outcome([.reach(.api)], services: services) { _ in
            .failed(.unrecorded, "bad", expected: "a", got: "b")
        }
        #expect(failed.status == failure, "\(failed)")
        let teller = try await outcome([.reach(.api)], id: "SH-01", services: services) { _ in
            .failed(.unrecorded, "bad", expected: "a", got: "b")
        }
        #expect(teller.status == .failed)
    }

    @Test func `an auth service that names nobody is known by how it refuses a validation without a key`() async throws
    {
        let server = try LoopbackHTTPServer { request in
            request.method == "POST"
                ? .json(#"{"detail":"API key required"}"#, status: 401) : .json(#"{"status":"ok"}"#)
        }
        let told = try await outcome([.reach(.auth)], services: "services: { auth: \(server.url) }\n") { context in
            context.recorder.measure(Metric("a", 1, .count))
            return .passed("fine")
        }
        #expect(told == .passed("fine"))
    }
}
