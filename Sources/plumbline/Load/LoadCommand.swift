import ArgumentParser
import Formats
import Foundation
import HTTPClient
import Job
import LoadEngine

/// `plumbline load`: the load engine alone, against any URL.
struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Send load to a URL and judge the answers, and the generator itself.",
        discussion: """
            Response times count from the planned start of each request, so that a target that stalls cannot hide it. \
            Exit codes: 0 all thresholds met, 3 a threshold failed, 5 inconclusive (no samples, or the generator could not \
            keep its plan), 2 usage.

              plumbline load http://127.0.0.1:8080/health --rate 100 --duration 30s --threshold 'p95 < 2s'
              plumbline load URL --workers 32 --duration 10s
              plumbline load URL --executor ramping-rate --stage 10/s:5s --stage 100/s:30s
              plumbline load URL --executor capacity --rate 50 --maximum-rate 5000 --threshold 'p99 < 500ms'
            """)

    @Argument(help: "What to call; several take turns. {n} becomes the number of the request.")
    var urls: [String]

    @OptionGroup var shape: LoadShapeOptions
    @OptionGroup var requestOptions: LoadRequestOptions
    @OptionGroup var output: LoadOutputOptions

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What must hold, such as 'p95 < 2s', 'error_rate < 1%', 'rate > 10/s', '/path: p99 < 1s over 10s'.",
            valueName: "condition"))
    var threshold: [String] = []

    @Option(name: .long, help: "End the run when a threshold fails after this grace period.")
    var abortAfter: LoadDuration?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Compare with an earlier run's --json report; slower is a failed run.", valueName: "report.json"))
    var baseline: String?

    func run() async throws {
        let earlier = try baseline.map(LoadBaseline.init)
        let plan: LoadPlan
        do {
            plan = LoadPlan(
                requests: try requestOptions.requests(urls), executor: try shape.schedule(),
                thresholds: try thresholds(), limits: shape.limits(), client: try requestOptions.client(),
                reusesConnections: !requestOptions.newConnections, resumesSessions: requestOptions.resumeSessions)
            try plan.validate()
            if shape.executor == .capacity {
                try await search(plan)
                return
            }
        } catch let error as LoadPlanError {
            throw CommandFailure.usage(error.description)
        } catch let error as ThresholdError {
            throw CommandFailure.usage(error.description)
        }
        let display = output.display(plan)
        let report = try await InterruptibleLoad.run { try await LoadEngine(plan).run(observer: display.show) }
        display.end()
        try output.write(report)
        let verdicts = [report.verdict] + (earlier.map { [$0.compare(report, isQuiet: output.json)] } ?? [])
        if verdicts.contains(.failed) { throw ExitCode(3) }
        if verdicts.contains(.inconclusive) { throw ExitCode(5) }
    }

    private func thresholds() throws(ThresholdError) -> [Threshold] {
        var thresholds: [Threshold] = []
        for text in threshold {
            var parsed = try Threshold(parsing: text)
            parsed.abortsAfter = abortAfter?.duration
            thresholds.append(parsed)
        }
        return thresholds
    }

    private func search(_ plan: LoadPlan) async throws {
        let search = CapacitySearch(
            startRate: shape.rate ?? 10, maximumRate: shape.maximumRate,
            stepDuration: shape.duration?.duration ?? .seconds(5))
        let display = output.display(plan)
        let result = try await InterruptibleLoad.run { try await search.run(plan, observer: display.show) }
        display.end()
        if output.json {
            try StandardOutput.write(json: result)
        } else {
            StandardOutput.write("\(CapacityText.text(result))")
        }
        if case .inconclusive = result.ending { throw ExitCode(5) }
    }
}

/// Ends a run on Ctrl-C or SIGTERM, keeping what was measured; a second signal kills as usual.
enum InterruptibleLoad {
    static func run<Result: Sendable>(_ work: @escaping @Sendable () async throws -> Result) async throws -> Result {
        let task = Task { try await work() }
        let sources = [SIGINT, SIGTERM, SIGQUIT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler {
                task.cancel()
                signal(number, SIG_DFL)
            }
            source.resume()
            return source
        }
        defer { sources.forEach { $0.cancel() } }
        return try await task.value
    }
}

/// A duration such as `30s` on the command line.
struct LoadDuration: ExpressibleByArgument {
    let duration: Duration

    init?(argument: String) {
        guard let duration = Duration(text: argument) else { return nil }
        self.duration = duration
    }
}
