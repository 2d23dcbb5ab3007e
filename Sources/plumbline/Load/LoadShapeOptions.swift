import ArgumentParser
import Formats
import LoadEngine

/// When requests are sent.
struct LoadShapeOptions: ParsableArguments {
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case rate
        case rampingRate = "ramping-rate"
        case spike
        case workers
        case rampingWorkers = "ramping-workers"
        case count
        case capacity
    }

    @Option(
        name: .long,
        help: ArgumentHelp(
            "rate, ramping-rate, spike, workers, ramping-workers, count (per worker) or capacity.",
            discussion: "By default rate when --rate is given, else workers.", valueName: "kind"))
    var executor: Kind?

    @Option(name: .long, help: ArgumentHelp("Requests a second.", valueName: "number"))
    var rate: Double?

    @Option(name: .long, help: ArgumentHelp("Workers that each wait for their answer.", valueName: "number"))
    var workers = 10

    @Option(name: .long, help: "How long, such as 30s; of one step for capacity. 10s by default.")
    var duration: LoadDuration?

    @Option(
        name: .long,
        help: ArgumentHelp("The most requests of the run; for each worker with count.", valueName: "number"))
    var requests: Int?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A stage of a ramp, RATE/s:DURATION or WORKERS:DURATION; may be given again.", valueName: "stage"))
    var stage: [LoadStage] = []

    @Option(
        name: .long, help: ArgumentHelp("The peak of a spike, or the end of a capacity search.", valueName: "number"))
    var maximumRate = 10_000.0

    @Option(name: .long, help: "Between an answer and the worker's next request.")
    var thinkTime: LoadDuration?

    @Option(name: .long, help: "The longest that one request may take.")
    var deadline: LoadDuration?

    @Option(name: .long, help: ArgumentHelp("Threads that send.", valueName: "number"))
    var threads = 1

    @Option(name: .long, help: ArgumentHelp("The most requests in flight.", valueName: "number"))
    var maximumInFlight = 1000

    func validate() throws {
        if kind == .rate && rate == nil { throw ValidationError("--executor rate needs --rate") }
        if kind == .spike && rate == nil { throw ValidationError("--executor spike needs --rate and --maximum-rate") }
        if [.rampingRate, .rampingWorkers].contains(kind) && stage.isEmpty {
            throw ValidationError("--executor \(kind.rawValue) needs --stage, such as --stage 100:30s")
        }
    }

    private var kind: Kind { executor ?? (rate == nil ? .workers : .rate) }
    private var length: Duration { duration?.duration ?? .seconds(10) }
    private var pause: Duration { thinkTime?.duration ?? .zero }

    func schedule() throws(LoadPlanError) -> Executor {
        let rate = rate ?? 1
        switch kind {
        case .rate, .capacity: return .constantArrivalRate(.init(rate: rate, duration: length))
        case .rampingRate:
            return .rampingArrivalRate(
                .init(
                    startRate: self.rate ?? 0, stages: stage.map { .init(rate: $0.level, duration: $0.duration) }))
        case .spike:
            return .spike(
                .init(baseRate: rate, peakRate: maximumRate, before: length, peak: length, after: length))
        case .workers:
            return .constantWorkers(.init(workers: workers, duration: length, thinkTime: pause))
        case .rampingWorkers:
            return .rampingWorkers(
                .init(
                    startWorkers: 0,
                    stages: try workerStages(), thinkTime: pause))
        case .count:
            return .fixedCountPerWorker(
                .init(workers: workers, requestsEach: requests ?? 10, thinkTime: pause))
        }
    }

    private func workerStages() throws(LoadPlanError) -> [RampingWorkers.Stage] {
        var stages: [RampingWorkers.Stage] = []
        for stage in stage { stages.append(.init(workers: try stage.workers(), duration: stage.duration)) }
        return stages
    }

    func limits() -> LoadLimits {
        var limits = LoadLimits(
            deadline: deadline?.duration ?? .seconds(10), threads: threads,
            maximumInFlight: max(maximumInFlight, kind == .workers || kind == .count ? workers : 0))
        if let requests, kind != .count { limits.maximumRequests = requests }
        return limits
    }
}

/// `100/s:30s` or `20:10s`.
struct LoadStage: ExpressibleByArgument {
    let level: Double
    let duration: Duration

    init?(argument: String) {
        let parts = argument.split(separator: ":")
        guard parts.count == 2, let duration = Duration(text: String(parts[1])) else { return nil }
        let number = parts[0].hasSuffix("/s") ? parts[0].dropLast(2) : parts[0]
        guard let level = Double(finite: number), level >= 0 else { return nil }
        self.level = level
        self.duration = duration
    }

    func workers() throws(LoadPlanError) -> Int {
        guard level <= 1e6, let workers = Int(exactly: level) else {
            throw LoadPlanError("--stage: expected whole workers, got \(level)")
        }
        return workers
    }
}
