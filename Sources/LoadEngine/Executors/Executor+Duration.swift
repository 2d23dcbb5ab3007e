import Formats

extension Executor {
    /// The same load with every time span multiplied: rates, workers and think times stay, and so does a load that is
    /// bounded by its number of requests.
    public func stretched(by factor: Double) -> Executor {
        switch self {
        case .constantArrivalRate(var executor):
            executor.duration = executor.duration.stretched(by: factor)
            return .constantArrivalRate(executor)
        case .rampingArrivalRate(var executor):
            for index in executor.stages.indices {
                executor.stages[index].duration = executor.stages[index].duration.stretched(by: factor)
            }
            return .rampingArrivalRate(executor)
        case .spike(var executor):
            executor.before = executor.before.stretched(by: factor)
            executor.peak = executor.peak.stretched(by: factor)
            executor.after = executor.after.stretched(by: factor)
            return .spike(executor)
        case .constantWorkers(var executor):
            executor.runTime = executor.runTime.stretched(by: factor)
            return .constantWorkers(executor)
        case .rampingWorkers(var executor):
            for index in executor.stages.indices {
                executor.stages[index].duration = executor.stages[index].duration.stretched(by: factor)
            }
            return .rampingWorkers(executor)
        case .fixedCountPerWorker:
            return self
        }
    }
}
