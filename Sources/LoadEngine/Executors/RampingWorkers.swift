import Formats

/// Closed model whose number of workers moves in straight lines from stage to stage.
public struct RampingWorkers: Hashable, Sendable, CustomStringConvertible, WorkerSchedule {
    public struct Stage: Hashable, Sendable {
        /// At the end of the stage.
        var workers: Int
        public var duration: Duration

        public init(workers: Int, duration: Duration) {
            self.workers = workers
            self.duration = duration
        }
    }

    var startWorkers: Int
    public var stages: [Stage]
    public var thinkTime: Duration

    public init(startWorkers: Int, stages: [Stage], thinkTime: Duration = .zero) {
        self.startWorkers = startWorkers
        self.stages = stages
        self.thinkTime = thinkTime
    }

    public var description: String {
        "\(startWorkers)" + stages.map { " → \($0.workers) in \($0.duration.readable)" }.joined() + thinkTime.thinkText
    }

    var maximumWorkers: Int { stages.map(\.workers).reduce(startWorkers, max) }
    var duration: Duration? { stages.map(\.duration).reduce(.zero, +) }
    var requestsPerWorker: Int? { nil }

    func workers(at elapsed: Duration) -> Int {
        var from = startWorkers
        var start = Duration.zero
        for stage in stages {
            let end = start + stage.duration
            if elapsed < end {
                let share = (elapsed - start) / stage.duration
                return from + Int(clamping: (Double(stage.workers - from) * share).rounded())
            }
            from = stage.workers
            start = end
        }
        return from
    }

    func validate() throws(LoadPlanError) {
        guard (1...1000).contains(stages.count) else { throw LoadPlanError("ramp: expected 1…1000 stages") }
        guard ([startWorkers] + stages.map(\.workers)).allSatisfy({ (0...20_000).contains($0) }) else {
            throw LoadPlanError("ramp: expected 0…20000 workers in every stage")
        }
        try ExecutorBounds.check(workers: maximumWorkers, "ramp")
        for stage in stages { try ExecutorBounds.check(duration: stage.duration, "ramp stage") }
    }
}
