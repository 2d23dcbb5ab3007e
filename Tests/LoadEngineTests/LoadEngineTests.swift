import Formats
import HTTPClient
import Synchronization
import TestSupport
import Testing

@testable import LoadEngine

@Suite(.serialized) struct LoadEngineTests {
    private func run(
        _ requests: [LoadRequest], _ executor: Executor, thresholds: [String] = [], limits: LoadLimits = LoadLimits(),
        _ way: Way = .plain
    ) async throws -> LoadReport {
        try await LoadEngine(
            LoadPlan(
                requests: requests, executor: executor, thresholds: try thresholds.map { try Threshold(parsing: $0) },
                limits: limits, client: way.client())
        ).run()
    }

    @Test func `a fixed count for each worker sends exactly that, over as many connections`() async throws {
        let server = try LoopbackHTTPServer { _ in .json(#"{"status":"healthy"}"#) }
        let report = try await run(
            [LoadRequest(url: server.url + "/health")], .fixedCountPerWorker(.init(workers: 10, requestsEach: 20)))
        #expect(server.requests.count == 200)
        #expect(server.connections <= 10)
        #expect(report.overall.completed == 200)
        #expect(report.overall.successful == 200)
        #expect(report.overall.statuses == [200: 200])
        #expect(report.overall.bodyBytes == 200 * 20)
        #expect(report.overall.responseTime.count == 200)
        #expect(report.requests.keys.sorted() == ["/health"])
        #expect(report.series.map(\.completed).reduce(0, +) == 200)
        #expect(report.generator.started == 200)
        #expect(report.ending == .completed)
    }

    @Test(arguments: Way.own) func `a constant arrival rate sends what was planned`(way: Way) async throws {
        let server = try way.server { _ in .response(200) }
        let report = try await run(
            [LoadRequest(url: server.url)], .constantArrivalRate(.init(rate: 200, duration: .seconds(1))), way)
        #expect(report.generator.planned == 200)
        #expect(report.generator.started == 200)
        #expect(report.overall.completed == 200)
        #expect(report.generator.lateStart.count == 200)
        #expect(report.duration >= .milliseconds(990))
    }

    @Test(arguments: Way.own) func `several loops share the work`(way: Way) async throws {
        let server = try way.server { _ in .response(200) }
        let report = try await run(
            [LoadRequest(url: server.url)], .fixedCountPerWorker(.init(workers: 5, requestsEach: 30)),
            limits: LoadLimits(threads: 3), way)
        #expect(server.requests.count == 150)
        #expect(report.overall.completed == 150)
        #expect(report.generator.threads == 3)
        #expect(report.series.map(\.completed).reduce(0, +) == 150)
    }

    @Test func `requests are mixed by weight and counted by name`() async throws {
        let server = try LoopbackHTTPServer { $0.path == "/version" ? .response(500) : .response(200) }
        let report = try await run(
            [LoadRequest(url: server.url + "/health", weight: 3), LoadRequest(url: server.url + "/version")],
            .fixedCountPerWorker(.init(workers: 4, requestsEach: 10)))
        #expect(report.requests["/health"]?.completed == 30)
        #expect(report.requests["/version"]?.completed == 10)
        #expect(report.requests["/version"]?.errors == ["HTTP_500": 10])
        #expect(report.overall.errors == ["HTTP_500": 10])
        #expect(report.overall.errorRate == 0.25)
    }

    @Test func `every request can carry values of its own`() async throws {
        let server = try LoopbackHTTPServer { _ in .response(200) }
        _ = try await run(
            [
                LoadRequest(
                    method: "POST", url: server.url + "/models/{n}?x={n}", headers: [HTTPHeader("X-Number", "r{n}")],
                    body: Array(#"{"n":{n}}"#.utf8))
            ], .fixedCountPerWorker(.init(workers: 3, requestsEach: 10)))
        let numbers = server.requests.compactMap { Int($0.path.dropFirst("/models/".count)) }
        #expect(numbers.sorted() == Array(0..<30))
        for request in server.requests {
            let number = String(request.path.dropFirst("/models/".count))
            #expect(request.target == "/models/\(number)?x=\(number)")
            #expect(request.header("X-Number") == "r\(number)")
            #expect(String(decoding: request.body, as: UTF8.self) == #"{"n":\#(number)}"#)
        }
    }

    @Test func `answers are checked by status, size and field`() async throws {
        let server = try LoopbackHTTPServer { request in
            switch request.path {
            case "/field": .json(#"{"status":"degraded"}"#)
            case "/size": .response(200, body: "too long")
            default: .response(204)
            }
        }
        let report = try await run(
            [
                LoadRequest(
                    url: server.url + "/field",
                    expectation: .init(json: .init(path: ["status"], value: "healthy"))),
                LoadRequest(url: server.url + "/size", expectation: .init(bodyBytes: 0...4)),
                LoadRequest(url: server.url + "/status", expectation: .init(statuses: 200...200)),
                LoadRequest(
                    name: "good", url: server.url + "/field",
                    expectation: .init(json: .init(path: ["status"], value: "degraded"))),
            ], .fixedCountPerWorker(.init(workers: 1, requestsEach: 8)))
        #expect(report.overall.errors == ["check:status": 2, "check:size": 2, "HTTP_204": 2])
        #expect(report.requests["good"]?.successful == 2)
    }

    @Test func `transport errors are counted by name, and never as fast answers`() async throws {
        let server = try LoopbackHTTPServer { _ in .reset }
        let report = try await run(
            [LoadRequest(url: server.url)], .fixedCountPerWorker(.init(workers: 2, requestsEach: 5)),
            thresholds: ["p50 < 1s", "error_rate < 1%"])
        #expect(report.overall.errors == ["connection-reset": 10])
        #expect(report.overall.responseTime.isEmpty)
        #expect(report.thresholds.map(\.verdict) == [.inconclusive, .failed])
    }

    @Test(arguments: Way.own) func `a request at its deadline is a time-out, and its waiting counts`(way: Way)
        async throws
    {
        let server = try way.server { _ in .response(200, after: .seconds(60)) }
        let report = try await run(
            [LoadRequest(url: server.url)], .fixedCountPerWorker(.init(workers: 4, requestsEach: 1)),
            limits: LoadLimits(deadline: .milliseconds(200)), way)
        #expect(report.overall.errors == ["timeout": 4])
        #expect(report.overall.responseTime.count == 4)
        #expect(report.overall.responseTime.minimum >= .milliseconds(199))
    }

    @Test(arguments: Way.own) func `waiting behind a slow server counts from the planned start`(way: Way) async throws {
        let server = try way.server { _ in .response(200, after: .milliseconds(100)) }
        let report = try await run(
            [LoadRequest(url: server.url)], .constantArrivalRate(.init(rate: 100, duration: .milliseconds(500))),
            limits: LoadLimits(maximumInFlight: 1), way)
        // 50 starts in half a second over one connection that does ten a second: the last waits for seconds.
        #expect(report.overall.completed == 50)
        #expect(report.overall.responseTime.maximum > .seconds(3))
        #expect(report.overall.serviceTime.percentile(50) < .seconds(1))
        #expect(!report.judgement.isValid)
        #expect(report.verdict == .inconclusive)
    }

    @Test(arguments: Way.own) func `starts that never got a connection are dropped, and spoil the verdict`(way: Way)
        async throws
    {
        let server = try way.server { _ in .response(200, after: .milliseconds(400)) }
        let report = try await run(
            [LoadRequest(url: server.url)], .constantArrivalRate(.init(rate: 50, duration: .seconds(1))),
            thresholds: ["error_rate < 1%"], limits: LoadLimits(deadline: .milliseconds(500), maximumInFlight: 1), way)
        #expect(report.generator.dropped > 0)
        #expect(report.generator.planned == 50)
        #expect(report.generator.started + report.generator.dropped == 50)
        #expect(report.verdict == .inconclusive)
    }

    @Test func `budgets end a run`() async throws {
        let server = try LoopbackHTTPServer { _ in .response(200) }
        let counted = try await run(
            [LoadRequest(url: server.url)], .constantWorkers(.init(workers: 2, duration: .seconds(30))),
            limits: LoadLimits(maximumRequests: 25))
        #expect(server.requests.count == 25)
        #expect(counted.ending == .budget("25 requests"))
        let timed = try await run(
            [LoadRequest(url: server.url)],
            .constantWorkers(.init(workers: 1, duration: .seconds(30), thinkTime: .milliseconds(10))),
            limits: LoadLimits(maximumDuration: .milliseconds(300)))
        guard case .budget = timed.ending else { return #expect(Bool(false), "ended as \(timed.ending)") }
    }

    @Test func `a stop condition ends the run and is reported`() async throws {
        let server = try LoopbackHTTPServer { _ in .response(503) }
        let plan = LoadPlan(
            requests: [LoadRequest(url: server.url)],
            executor: .constantArrivalRate(.init(rate: 20, duration: .seconds(30))))
        let report = try await LoadEngine(plan).run(stopCondition: { progress in
            progress.total.errorRate > 0.5 ? "half of the answers are errors" : nil
        })
        #expect(report.ending == .stopped("half of the answers are errors"))
        #expect(report.generator.planned < 600)
    }

    @Test func `a threshold that aborts ends the run after its grace`() async throws {
        let server = try LoopbackHTTPServer { _ in .response(503) }
        var threshold = try Threshold(parsing: "error_rate < 50%")
        threshold.abortsAfter = .seconds(2)
        let plan = LoadPlan(
            requests: [LoadRequest(url: server.url)],
            executor: .constantArrivalRate(.init(rate: 20, duration: .seconds(30))), thresholds: [threshold])
        let report = try await LoadEngine(plan).run()
        #expect(report.duration > .milliseconds(1900))
        #expect(report.generator.planned < 600)
        guard case .stopped(let reason) = report.ending else { return #expect(Bool(false), "\(report.ending)") }
        #expect(reason.contains("error_rate < 50%"))
        #expect(report.thresholds.map(\.verdict) == [.failed])
    }

    @Test func `cancelling the task ends the run and keeps the figures`() async throws {
        let server = try LoopbackHTTPServer { _ in .response(200) }
        let seen = Mutex(0)
        let plan = LoadPlan(
            requests: [LoadRequest(url: server.url)],
            executor: .constantArrivalRate(.init(rate: 50, duration: .seconds(60))))
        let started = AsyncStream.makeStream(of: Void.self)
        let task = Task {
            try await LoadEngine(plan).run(observer: { progress in
                seen.withLock { $0 = progress.total.completed }
                started.continuation.yield()
            })
        }
        for await _ in started.stream { break }
        task.cancel()
        let report = try await task.value
        #expect(report.ending == .cancelled)
        #expect(report.overall.completed >= seen.withLock { $0 })
        #expect(report.duration < .seconds(30))
    }

    @Test func `an unreachable target gives errors, not samples, and is not hammered`() async throws {
        let server = try LoopbackHTTPServer { _ in .silence }
        let url = server.url
        server.stop()
        let report = try await run(
            [LoadRequest(url: url)], .constantWorkers(.init(workers: 2, duration: .milliseconds(500))))
        #expect(report.overall.successful == 0)
        #expect(report.overall.completed <= 2 * 51)
        #expect(report.overall.responseTime.isEmpty)
    }

    @Test func `a body beyond the limit is an error`() async throws {
        let server = try LoopbackHTTPServer { _ in .response(200, body: String(repeating: "x", count: 2000)) }
        let report = try await run(
            [LoadRequest(url: server.url)], .fixedCountPerWorker(.init(workers: 1, requestsEach: 2)),
            limits: LoadLimits(maximumBodyBytes: 1999))
        #expect(report.overall.errors == ["body-too-large": 2])
    }

    @Test func `a report survives being stored`() async throws {
        let server = try LoopbackHTTPServer { _ in .response(200) }
        let report = try await run(
            [LoadRequest(url: server.url + "/?api_key=hk_test_sandbox_0")],
            .fixedCountPerWorker(.init(workers: 2, requestsEach: 10)), thresholds: ["p50 < 10s"])
        let data = try JSON.data(report)
        let read = try JSON.decode(LoadReport.self, from: data)
        #expect(read.overall == report.overall)
        #expect(read.thresholds == report.thresholds)
        #expect(!String(decoding: data, as: UTF8.self).contains("hk_test_sandbox_0"))
    }

    @Test(arguments: ["ftp://127.0.0.1/", "no url", "http://"])
    func `a plan with a bad URL is refused`(url: String) async throws {
        await #expect(throws: LoadPlanError.self) {
            _ = try await run([LoadRequest(url: url)], .fixedCountPerWorker(.init(workers: 1, requestsEach: 1)))
        }
    }
}
