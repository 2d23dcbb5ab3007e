import Formats

/// Closed model with a fixed number of workers.
public struct ConstantWorkers: Hashable, Sendable, CustomStringConvertible, WorkerSchedule {
    var workers: Int
    /// Nothing new is started after it.
    public var runTime: Duration
    /// Between an answer and the worker's next request.
    public var thinkTime: Duration

    public init(workers: Int, duration: Duration, thinkTime: Duration = .zero) {
        self.workers = workers
        self.runTime = duration
        self.thinkTime = thinkTime
    }

    public var description: String { "\(workers) for \(runTime.readable)" + thinkTime.thinkText }
    var maximumWorkers: Int { workers }
    var duration: Duration? { runTime }
    var requestsPerWorker: Int? { nil }
    func workers(at elapsed: Duration) -> Int { workers }

    func validate() throws(LoadPlanError) {
        try ExecutorBounds.check(workers: workers, "workers")
        try ExecutorBounds.check(duration: runTime, "duration")
    }
}
