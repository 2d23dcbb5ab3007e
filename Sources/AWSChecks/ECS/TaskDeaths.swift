import AWSClient
import Formats
import Foundation

/// The stopped tasks of one service by what ended them. ECS keeps them for an hour.
struct TaskDeaths {
    struct Cause {
        let text: String
        /// When they ended, oldest first, as far as that is known.
        let moments: [Date]
        let count: Int

        /// `3 tasks died since 11:05 …: reason`.
        var sentence: String {
            let since = moments.first.map { " since \(Timestamp.text($0))" } ?? ""
            return "\(count) \(count == 1 ? "task" : "tasks") died\(since)\(rate): \(text)"
        }

        private var rate: String {
            guard let first = moments.first, let last = moments.last, moments.count > 1 else { return "" }
            let minutes = last.timeIntervalSince(first) / 60 / Double(moments.count - 1)
            return minutes < 1 ? ", several a minute" : ", one every \(minutes.rounded().wholeText) min"
        }
    }

    let causes: [Cause]

    init(_ tasks: [ECS.Task]) {
        let stopped = tasks.filter { $0.lastStatus == "STOPPED" }
        var byText: [String: [ECS.Task]] = [:]
        for task in stopped {
            if let text = Self.cause(of: task) { byText[text, default: []].append(task) }
        }
        // An end with code 0 is the program's own wish, unless it comes again and again.
        let ends = stopped.filter(Self.endedItself)
        if ends.count > 1 {
            let names = Set(ends.flatMap { $0.containers.filter { $0.exitCode == 0 }.map(\.name) }).sorted()
            byText["\(names.joined(separator: ", ")) exited with 0 again and again"] = ends
        }
        causes = byText.map { text, tasks in
            Cause(text: text, moments: tasks.compactMap { $0.stoppedAt ?? $0.createdAt }.sorted(), count: tasks.count)
        }.sorted { ($1.count, $0.text) < ($0.count, $1.text) }
    }

    /// The last part of a target group's ARN changes nothing about the reason.
    private static func plain(_ reason: String) -> String {
        reason.replacing(#/arn:[\w-]+:elasticloadbalancing:[^:\s]*:[^:\s]*:targetgroup\/([^\/\s)]+)\/[0-9a-f]+/#) {
            String($0.1)
        }.replacing(#/\(task [^)]*\) ?/#, with: "").replacing(#/\bport \d+ is unhealthy in/#, with: "is unhealthy in")
    }

    private static func endedItself(_ task: ECS.Task) -> Bool {
        let codes = task.containers.compactMap(\.exitCode)
        return task.stopCode == "EssentialContainerExited" && !codes.isEmpty && codes.allSatisfy { $0 == 0 }
    }

    /// Why a task died; nil when somebody or a deployment stopped it, or it ended with 0.
    ///
    /// The stop codes and reasons are those of the Amazon ECS Developer Guide ("stopped tasks error messages").
    static func cause(of task: ECS.Task) -> String? {
        for container in task.containers {
            if let reason = container.reason, reason.contains("OutOfMemory") { return "\(container.name): \(reason)" }
        }
        let reason = plain(task.stoppedReason ?? "")
        let containers = task.containers.compactMap { container in
            container.reason.map { "\(container.name): \($0)" }
        }
        switch task.stopCode {
        case "UserInitiated": return nil
        case "SpotInterruption": return reason.isEmpty ? "Spot capacity was taken back" : "Spot: \(reason)"
        case "TerminationNotice": return reason.isEmpty ? "the host was terminated" : reason
        case "TaskFailedToStart":
            let texts = [reason] + containers
            return texts.first { !$0.isEmpty } ?? "failed to start"
        case "EssentialContainerExited":
            if let detail = containers.first { return detail }
            let codes = task.containers.filter { $0.exitCode != nil && $0.exitCode != 0 }
            guard !codes.isEmpty else { return nil }
            return codes.map { "\($0.name) exited with \($0.exitCode ?? 0)" }.joined(separator: ", ")
        default: break
        }
        // The scheduler also stops tasks because a deployment or scaling asks it to.
        let lowered = reason.lowercased()
        let signs = [
            "failed elb health checks", "failed container health checks", "is unhealthy in", "spot",
            "resourceinitializationerror",
            "cannotpull", "cannotstart", "cannotcreate", "timeout waiting", "capacity", "host ec2", "task failed",
        ]
        return signs.contains(where: lowered.contains) ? reason : nil
    }
}
