/// Closed model in which every worker sends the same number of requests: the shape of the original tests (contract §6.4).
public struct FixedCountPerWorker: Hashable, Sendable, CustomStringConvertible, WorkerSchedule {
    var workers: Int
    var requestsEach: Int
    public var thinkTime: Duration
    /// Nothing new is started after it, even if counts are left.
    var maximumDuration: Duration

    public init(
        workers: Int, requestsEach: Int, thinkTime: Duration = .zero, maximumDuration: Duration = .seconds(600)
    ) {
        self.workers = workers
        self.requestsEach = requestsEach
        self.thinkTime = thinkTime
        self.maximumDuration = maximumDuration
    }

    public var description: String { "\(workers) × \(requestsEach)" + thinkTime.thinkText }
    var maximumWorkers: Int { workers }
    var duration: Duration? { maximumDuration }
    var requestsPerWorker: Int? { requestsEach }
    func workers(at elapsed: Duration) -> Int { workers }

    func validate() throws(LoadPlanError) {
        try ExecutorBounds.check(workers: workers, "workers")
        try ExecutorBounds.check(duration: maximumDuration, "duration")
        guard requestsEach >= 1 else {
            throw LoadPlanError("requests per worker: expected 1 or more, got \(requestsEach)")
        }
    }
}
