import LoadEngine
import RunModel

/// The most that one endpoint without dependencies can serve: the ceiling for everything else of this deployment.
struct CapacityOfLiveness: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "PF-05", title: "The service sustains at least 50 calls a second of /live",
            intent: "The ceiling of the service itself, without any dependency: the first number of a capacity plan.",
            procedure:
                "Double the arrival rate from 20/s, 3 s each, until answers fall behind or p99 passes 1 s; then halve the gap.",
            category: .performance, phase: .validation, needs: [.reach("api"), .load], dependsOn: ["HE-13"],
            excludes: [.loadWindow, .breaker], deadline: .seconds(180),
            risk: "Growth meets a wall that nobody has measured.", remediation: .responsiveness)
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let maximum = context.threshold("maximum_rate", default: context.configuration.isProduction ? 100 : 1000)
        let least = context.threshold("rate", default: 50)
        let load = GuardedLoad(context)
        var plan = try load.plan(["/live"], .constantArrivalRate(.init(rate: 20, duration: .seconds(3))))
        plan.thresholds = [
            Threshold(metric: .maximum, comparison: .less, bound: context.threshold("max_ms", default: 1000) / 1000),
            Threshold(metric: .errorRate, comparison: .less, bound: 0.01),
        ]
        let result: CapacitySearch.Result
        do {
            result = try await CapacitySearch(
                startRate: min(20, maximum), maximumRate: maximum, stepDuration: .seconds(3), precision: 0.1
            ).run(plan, stopCondition: load.stopCondition)
        } catch {
            return .error("the capacity search cannot be run: \(error)")
        }
        if let data = try? JSON.prettyData(result) {
            context.recorder.attach(Evidence("capacity search", fileExtension: "json", bytes: [UInt8](data)))
        }
        context.recorder.measure(
            Metric("http.capacity", result.capacity, .perSecond, labels: ["endpoint": "/live"]))
        let got = "\(Int(result.capacity))/s" + (result.limitedBy.isEmpty ? "" : "; above it \(result.limitedBy)")
        switch result.ending {
        case .inconclusive(let reason) where result.capacity < least: return .inconclusive("\(got): \(reason)")
        case .belowStart, .found, .beyondMaximum, .inconclusive:
            return result.capacity >= least
                ? .passed("sustains at least \(got)")
                : .failed("the service sustains too little", expected: "\(Int(least))/s of /live", got: got)
        }
    }
}
