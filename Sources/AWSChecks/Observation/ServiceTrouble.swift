import AWSClient
import Foundation

extension AWSSnapshot {
    /// Since when ECS itself shows a service in trouble: tasks that died, too few that run, a roll-out that failed.
    ///
    /// - Parameter window: the begin of the time looked at; trouble without a date of its own counts from there.
    /// - Returns: nil for a service that ECS shows well, and for one that it does not know.
    /// - Throws: ``Stop`` with `inconclusive` when services or tasks could not be read.
    func trouble(of service: String, from window: Date) throws -> Date? {
        var signs: [Date] = []
        if let found = try services.known().first(where: { $0.serviceName == service }) {
            let failed = found.deployments.filter { $0.rolloutState == "FAILED" }
            signs += failed.map { $0.updatedAt ?? window }
            if found.runningCount < found.desiredCount { signs.append(window) }
        }
        if let answer = tasks[service] {
            for task in try answer.known() {
                if task.lastStatus == "STOPPED", TaskDeaths.cause(of: task) != nil {
                    signs.append(task.stoppedAt ?? window)
                } else if task.lastStatus == "RUNNING", task.healthStatus == "UNHEALTHY" {
                    signs.append(task.startedAt ?? window)
                }
            }
        }
        return signs.min().map { max($0, window) }
    }
}
