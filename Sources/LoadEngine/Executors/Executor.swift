import Formats

/// When requests are sent: at planned moments whatever the server does (open), or by workers that each wait for their
/// answer (closed). Each case lives in a file of its own.
public enum Executor: Hashable, Sendable {
    case constantArrivalRate(ConstantArrivalRate)
    case rampingArrivalRate(RampingArrivalRate)
    case spike(Spike)
    case constantWorkers(ConstantWorkers)
    case rampingWorkers(RampingWorkers)
    case fixedCountPerWorker(FixedCountPerWorker)

    enum Pacing {
        case open(any ArrivalSchedule)
        case closed(any WorkerSchedule)
    }

    var pacing: Pacing {
        switch self {
        case .constantArrivalRate(let executor): .open(executor)
        case .rampingArrivalRate(let executor): .open(executor.schedule)
        case .spike(let executor): .open(executor.stages.schedule)
        case .constantWorkers(let executor): .closed(executor)
        case .rampingWorkers(let executor): .closed(executor)
        case .fixedCountPerWorker(let executor): .closed(executor)
        }
    }

    /// One phrase for tables: `constant arrival rate: 100/s for 30 s`.
    public var summary: String {
        switch self {
        case .constantArrivalRate(let executor): "constant arrival rate: \(executor)"
        case .rampingArrivalRate(let executor): "ramping arrival rate: \(executor)"
        case .spike(let executor): "spike: \(executor)"
        case .constantWorkers(let executor): "constant workers: \(executor)"
        case .rampingWorkers(let executor): "ramping workers: \(executor)"
        case .fixedCountPerWorker(let executor): "fixed count per worker: \(executor)"
        }
    }

    func validate() throws(LoadPlanError) {
        switch pacing {
        case .open(let schedule): try schedule.validate()
        case .closed(let schedule): try schedule.validate()
        }
    }
}

/// An open model: the moments at which requests are due, known in advance.
protocol ArrivalSchedule: Sendable {
    /// How many requests are due in all.
    var count: Int { get }
    /// From the start of the run; grows with the index.
    func arrival(_ index: Int) -> Duration
    func validate() throws(LoadPlanError)
}

/// A closed model: how many workers there are at a moment. Each sends, waits for its answer, thinks, and starts again.
protocol WorkerSchedule: Sendable {
    /// The most workers there will ever be.
    var maximumWorkers: Int { get }
    /// Nil runs until every worker has done its count.
    var duration: Duration? { get }
    var requestsPerWorker: Int? { get }
    var thinkTime: Duration { get }
    func workers(at elapsed: Duration) -> Int
    func validate() throws(LoadPlanError)
}

/// Bounds that all executors share, so that a slip of a zero does not become an attack.
enum ExecutorBounds {
    static let rate = 0.001...1_000_000.0
    static let workers = 1...20_000

    static func check(rate: Double, _ name: String) throws(LoadPlanError) {
        guard self.rate.contains(rate) else {
            throw LoadPlanError("\(name): expected 0.001/s…1000000/s, got \(rate)/s")
        }
    }

    static func check(workers: Int, _ name: String) throws(LoadPlanError) {
        guard self.workers.contains(workers) else {
            throw LoadPlanError("\(name): expected 1…20000 workers, got \(workers)")
        }
    }

    static func check(duration: Duration, _ name: String) throws(LoadPlanError) {
        guard duration > .zero, duration <= .seconds(86_400) else {
            throw LoadPlanError("\(name): expected more than 0 and at most 24 h, got \(duration.readable)")
        }
    }
}
