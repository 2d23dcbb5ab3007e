import Formats
import LoadEngine

/// Loads one endpoint with more and more clients, and calls `/live` beside it.
struct ConcurrencySweep: Sendable {
    static let levels = [1, 2, 5, 10, 20, 50]
    private static let step = Duration.seconds(2)

    let load: GuardedLoad
    let path: String
    /// What the endpoint is called where the path changes from run to run.
    var name: String?

    struct Result: Sendable {
        var curve = ConcurrencyCurve(points: [])
        /// The first number of clients that was too much, nil when none was.
        var failure: (level: Int, report: LoadReport)?
        /// The slowest answer of `/live` beside each level; nil where `/live` failed.
        var live: [(level: Int, slowest: Duration?)] = []

        /// The first number of clients beside which `/live` gave errors; nil when it never did.
        var deadLevel: Int? { live.first { $0.slowest == nil }?.level }

        /// What became of `/live` meanwhile.
        var liveSentence: String {
            if let failed = live.first(where: { $0.slowest == nil }) {
                return "/live fails with \(failed.level) clients"
            }
            guard let worst = live.max(by: { ($0.slowest ?? .zero) < ($1.slowest ?? .zero) }), let time = worst.slowest
            else { return "" }
            return "/live meanwhile at most \(time.readable) (with \(worst.level))"
        }
    }

    func run() async throws -> Result {
        var result = Result()
        for level in Self.levels {
            let (report, live) = try await step(level)
            result.curve.points.append(.init(workers: level, report))
            if let live {
                result.live.append((level, live.overall.failed == 0 ? live.overall.responseTime.maximum : nil))
            }
            // The target has shown its limit: more clients would only hurt it.
            if report.stopReason != nil || report.overall.errorRate > 0.01 {
                result.failure = (level, report)
                break
            }
            if result.deadLevel != nil { break }
        }
        return result
    }

    private func step(_ level: Int) async throws -> (LoadReport, LoadReport?) {
        let workers = Executor.constantWorkers(.init(workers: level, duration: Self.step))
        guard path != "/live" else { return (try await load.run([path], workers, endpoint: name), nil) }
        async let beside = load.beside(["/live"], .constantArrivalRate(.init(rate: 5, duration: Self.step)))
        let report = try await load.run([path], workers, endpoint: name)
        return (report, try await beside)
    }
}
