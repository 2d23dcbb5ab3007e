import ArtifactBundle
import Formats
import Foundation
import PerformanceChecks
import RunModel
import Secrets
import TestSupport
import Testing

@testable import Job
@testable import LoadEngine

/// The loads of a run, from the check that made them to the comparison that a later run makes with them.
@Suite struct BaselineTests {
    @Test("Of a directory the environment's newest bundle is the baseline, and none where it has none")
    func findsNewest() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.path(percentEncoded: false)
            #expect(Baseline.bundle(at: path, of: "dev") == nil)
            for name in [
                "plumbline-dev-20260301T100000Z-aaaaaa.tar.gz", "plumbline-dev-20260302T090000Z-000000.tar.gz",
                "plumbline-dev-20260302T090000Z-000000.tar.gz.sha256",
                "plumbline-dev-eu-20260303T100000Z-bbbbbb.tar.gz",
                "plumbline-prod-20260304T100000Z-cccccc.tar.gz", "notes.tar.gz",
            ] {
                try Data().write(to: directory.appending(path: name))
            }
            let newest = Baseline.bundle(at: path, of: "dev")
            #expect(newest?.hasSuffix("/plumbline-dev-20260302T090000Z-000000.tar.gz") == true)
            #expect(Baseline.bundle(at: path, of: "test") == nil)
            // What is no directory is the bundle itself, there or not.
            #expect(Baseline.bundle(at: path + "/notes.tar.gz", of: "dev") == path + "/notes.tar.gz")
            #expect(Baseline.bundle(at: "missing.tar.gz", of: "dev") == "missing.tar.gz")
        }
    }

    private static let url = "http://api.localhost/health"

    /// A load that never happened: steady seconds of 100 answers around a time.
    private static func load(_ milliseconds: Double, seed: UInt64, target: String = url) -> LoadReport {
        var generator = SeededGenerator("response times", seed: seed)
        var statistics = LoadStatistics()
        var series: [SecondSample] = []
        for second in 0..<12 {
            var own = LatencyHistogram()
            for _ in 0..<100 {
                let spread = (0..<4).reduce(0.0) { sum, _ in sum + .random(in: -0.5...0.5, using: &generator) }
                own.record(.microseconds(Int64(milliseconds * 1000 * exp(0.5 * spread))))
            }
            statistics.responseTime.add(own)
            series.append(
                SecondSample(
                    second: second, completed: 100, p50: own.percentile(50).milliseconds,
                    p95: own.percentile(95).milliseconds, p99: own.percentile(99).milliseconds))
        }
        statistics.completed = 1200
        statistics.successful = 1200
        return LoadReport(
            targets: ["GET \(target)"], executor: "constant arrival rate: 100/s for 12 s",
            startedAt: JobFixture.start, duration: .seconds(12), overall: statistics,
            requests: ["/health": statistics], series: series, generator: GeneratorFigures(), thresholds: [],
            judgement: LoadJudgement(), ending: .completed)
    }

    /// Runs a check that keeps loads, as a job does, in a run's directory.
    private func run(
        _ loads: [LoadReport], in directory: URL, baseline: URL? = nil
    ) async throws -> (run: RunDirectory, comparison: CheckResult) {
        let run = RunDirectory(url: directory)
        try run.create()
        var runner = try JobFixture.runner(directory)
        runner.services = runner.services.with(
            LoadArchive(directory: run.metricsDirectory, baseline: baseline))
        let descriptor = JobFixture.descriptor("PF-01", .performance)
        let loading = ScriptedCheck(descriptor) { context in
            for load in loads { context.recorder.keep(load, as: "health") }
            return .passed("loaded")
        }
        _ = try await runner.run(loading, descriptor, facts: [:])
        // The change record lies beside the loads, and is none.
        try Data("{}".utf8).write(to: run.metricsDirectory.appending(path: "changes.json"))
        let comparison = try #require(
            Catalogue.checks(for: try JobFixture.configuration()).first { $0.descriptor.id == "PF-99" })
        return (run, try #require(try await runner.run(comparison, comparison.descriptor, facts: [:])))
    }

    /// Packs a run as a bundle.
    private func bundle(_ run: RunDirectory, to directory: URL) async throws -> BundleReceipt {
        let plan = JobFixture.plan([JobFixture.descriptor("PF-01", .performance)])
        let journal = try Journal.open(path: run.journalPath, redactor: Redactor([]), now: JobFixture.ticking()).journal
        try journal.append(.runStarted(JobFixture.header(), plan))
        try journal.append(.checkFinished(JobFixture.result("PF-01")))
        journal.close()
        return try await BundleAssembly(
            run: run, record: try Rendering.record(of: run), documents: [:], renderer: ForgeryFixture.renderer
        )
        .write(to: directory, redactor: Redactor([]))
    }

    /// The first run is packed; the second is given the bundle, as with `--baseline`.
    private func compare(_ before: [LoadReport], _ now: [LoadReport]) async throws -> CheckResult {
        try await withTemporaryDirectory { directory in
            let (first, _) = try await run(before, in: directory.appending(path: "first"))
            let receipt = try await bundle(first, to: directory.appending(path: "out"))
            let baseline = try await Baseline.load(bundle: receipt.url.path)
            let second = RunDirectory(url: directory.appending(path: "second"))
            try second.create()
            try baseline.save(to: second, redactor: Redactor([]))
            let saved = try #require(try Baseline.load(from: second))
            #expect(saved.metrics == baseline.metrics && saved.metrics.count == before.count)
            return try await run(
                now, in: second.url, baseline: second.url.appending(path: Baseline.metricsPath)
            ).comparison
        }
    }

    @Test("a run that is as fast as its baseline's bundle says so")
    func same() async throws {
        let result = try await compare([Self.load(10, seed: 1)], [Self.load(10, seed: 2)])
        #expect(result.status == .passed, "\(result.outcome.message)")
        #expect(result.outcome.message.hasPrefix("same; 3 quantiles compared"))
        #expect(result.facts[.responseTimeComparison].map { result.outcome.message.hasPrefix($0) } == true)
        #expect(result.measurements.filter { $0.name == "regression.change" }.count == 3)
        #expect(result.evidence.map(\.title) == ["comparison with the baseline"])
    }

    @Test("a run that is a fifth slower than its baseline fails the comparison, and names the endpoint")
    func slower() async throws {
        let result = try await compare([Self.load(10, seed: 3)], [Self.load(12, seed: 4)])
        guard case .failed(let mismatch) = result.outcome else {
            return #expect(Bool(false), "\(result.outcome)")
        }
        #expect(mismatch.got.hasPrefix("slower; PF-01 health, /health p"))
    }

    @Test("a run that is faster passes, and says so")
    func faster() async throws {
        let result = try await compare([Self.load(12, seed: 5)], [Self.load(10, seed: 6)])
        #expect(result.status == .passed)
        #expect(result.outcome.message.hasPrefix("faster; "))
    }

    @Test("what cannot be compared is inconclusive with the reason, never green")
    func notComparable() async throws {
        let elsewhere = try await compare(
            [Self.load(10, seed: 1)], [Self.load(10, seed: 2, target: "http://other.localhost/health")])
        #expect(elsewhere.outcome.status == .inconclusive)
        #expect(elsewhere.outcome.message.contains("the target differs"))
        let nothing = try await compare([], [Self.load(10, seed: 2)])
        #expect(
            nothing.outcome
                == .inconclusive(.obstacle(.notComparable, of: .api), "not comparable: the baseline keeps no loads"))
    }

    @Test("without an earlier run there is nothing to compare")
    func first() async throws {
        try await withTemporaryDirectory { directory in
            let result = try await run([Self.load(10, seed: 1)], in: directory).comparison
            #expect(result.status == .skipped)
        }
    }

    @Test("a damaged load of the baseline is no green comparison")
    func damaged() async throws {
        try await withTemporaryDirectory { directory in
            let earlier = directory.appending(path: "earlier/PF-01")
            try FileManager.default.createDirectory(at: earlier, withIntermediateDirectories: true)
            try Data("{".utf8).write(to: earlier.appending(path: "1.json"))
            let result = try await run(
                [Self.load(10, seed: 1)], in: directory.appending(path: "run"),
                baseline: directory.appending(path: "earlier")
            ).comparison
            #expect(result.status == .inconclusive)
            #expect(result.outcome.message.contains("PF-01/1.json"))
        }
    }

    @Test("an attempt replaces the loads of the one before it, and a state directory's newest run gives its loads")
    func attempts() async throws {
        try await withTemporaryDirectory { directory in
            let state = try StateDirectory.open(path: directory.appending(path: "state").path, environment: "staging")
            let directory = state.run(JobFixture.header().runID)
            _ = try await run([Self.load(10, seed: 1), Self.load(10, seed: 2)], in: directory.url)
            let (again, _) = try await run([Self.load(11, seed: 3)], in: directory.url)
            let plan = JobFixture.plan([])
            let journal = try Journal.open(path: again.journalPath, redactor: Redactor([]), now: JobFixture.ticking())
                .journal
            try journal.append(.runStarted(JobFixture.header(), plan))
            try journal.append(.runFinished(Verdict(of: RunRecordFixture.passing)))
            journal.close()
            let later = RunID(startedAt: JobFixture.start.addingTimeInterval(60), random: 2)
            let baseline = try #require(Baseline.newest(in: state, before: later))
            #expect(baseline.metrics.keys.sorted() == ["PF-01/1.json"])
            let kept = try JSON.decode(KeptLoad.self, from: Data(try #require(baseline.metrics["PF-01/1.json"])))
            #expect(kept.report == Self.load(11, seed: 3))
            #expect(kept.method == RegressionTest.version)
        }
    }
}
