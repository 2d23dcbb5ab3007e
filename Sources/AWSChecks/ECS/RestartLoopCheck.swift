import AWSClient
import CheckKit
import Formats
import Foundation
import RunModel

/// AWS-ECS-14: no service loses its tasks again and again, and ECS finds places for them.
struct RestartLoopCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.services, .tasks]
    let passingNote = "no service restarts in a loop"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ECS-14", "No service restarts in a loop or waits for places",
            intent: "One death is an incident; the third of a kind within the hour is an outage that repeats itself.",
            procedure: "Counts the stopped tasks by their reason, and reads the services' events of the last hour.",
            severity: .critical, isCritical: true,
            risk: "Users meet a service that comes and goes, until it stays away.",
            remediation: Remediation(
                summary: "Fix the reason that the events and the stopped tasks name; then deploy.",
                command:
                    "aws ecs describe-services --cluster CLUSTER --services SERVICE --query 'services[].events[:10]'"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let least = Int(clamping: expectations.threshold("deaths", 3))
        let services = try snapshot.services.known()
        for service in services {
            analysis.look(at: service.serviceName) { analysis in
                examine(eventsOf: service, snapshot, &analysis)
                let tasks = try snapshot.tasks[service.serviceName].known()
                for cause in TaskDeaths(tasks).causes where cause.count >= least {
                    analysis.found(
                        .ailment(.aws(.ecsService, service.serviceName), .taskStopped, says: cause.text),
                        service.serviceName, cause.sentence,
                        expected: "fewer than \(least) deaths of one kind in an hour",
                        got: cause.text)
                }
            }
        }
        return analysis
    }

    /// The newest event about starting decides: after a steady state, what was before is over.
    private func examine(eventsOf service: ECS.Service, _ snapshot: AWSSnapshot, _ analysis: inout Analysis) {
        let recent = service.events.filter { event in
            event.createdAt.map { (0...3600).contains(snapshot.takenAt.timeIntervalSince($0)) } ?? false
        }.sorted { ($0.createdAt ?? .distantPast) > ($1.createdAt ?? .distantPast) }
        let troubles = ["was unable to place a task", "is unable to consistently start tasks"]
        for event in recent {
            if event.message.contains("has reached a steady state") { return }
            guard troubles.contains(where: event.message.contains) else { continue }
            let text = event.message.replacing("(service \(service.serviceName)) ", with: "")
            analysis.found(
                .ailment(.aws(.ecsService, service.serviceName), .tooFewTasks, says: text), service.serviceName,
                "ECS \(text)", expected: "a place for every task",
                got: event.createdAt.map { Timestamp.text($0) } ?? "an event of the last hour")
            return
        }
    }
}
