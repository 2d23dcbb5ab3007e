extension Executor {
    /// The same load with every time span multiplied: rates, workers and think times stay, and so does a load that is
    /// bounded by its number of requests.
    public func stretched(by factor: Double) -> Executor {
        switch self {
        case .constantArrivalRate(var executor):
            executor.duration *= factor
            return .constantArrivalRate(executor)
        case .rampingArrivalRate(var executor):
            for index in executor.stages.indices { executor.stages[index].duration *= factor }
            return .rampingArrivalRate(executor)
        case .spike(var executor):
            executor.before *= factor
            executor.peak *= factor
            executor.after *= factor
            return .spike(executor)
        case .constantWorkers(var executor):
            executor.runTime *= factor
            return .constantWorkers(executor)
        case .rampingWorkers(var executor):
            for index in executor.stages.indices { executor.stages[index].duration *= factor }
            return .rampingWorkers(executor)
        case .fixedCountPerWorker:
            return self
        }
    }
}

extension Duration {
    fileprivate static func *= (duration: inout Duration, factor: Double) {
        duration = .nanoseconds(Int64((duration / .nanoseconds(1) * factor).rounded()))
    }
}
