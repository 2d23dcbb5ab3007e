import AWSClient
import CheckKit
import Formats
import Foundation
import RunModel
import Settings

/// AWS-CW-01: no alarm of the deployment is in ALARM.
struct AlarmsCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.alarms]
    let passingNote = "no alarm is raised"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-CW-01", "No CloudWatch alarm of the deployment is raised",
            intent: "Alarms watch around the clock; a raised one is known before the run begins.",
            procedure:
                "Reads metric and composite alarms; those count whose metric is of the platform's resources, or whose name says so.",
            severity: .high, risk: "Somebody set a limit, and it is crossed.",
            remediation: Remediation(
                summary: "Follow the alarm's reason.",
                command: "aws cloudwatch describe-alarms --alarm-types MetricAlarm CompositeAlarm --state-value ALARM"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let own = try PlatformAlarms(try snapshot.alarms.known(), expectations.settings)
        for alarm in own.alarms {
            analysis.look(at: alarm.alarmName) { analysis in
                guard alarm.stateValue == "ALARM" else { return }
                let reason = alarm.stateReason.flatMap { $0.isEmpty ? nil : $0 } ?? "the alarm is raised"
                analysis.found(
                    .ailment(.aws(.alarm, alarm.alarmName), .alarm, says: reason), alarm.alarmName, reason,
                    expected: "OK", got: "ALARM since \(alarm.stateUpdatedTimestamp.map(Timestamp.text) ?? "?")")
            }
        }
        return analysis
    }
}

/// AWS-CW-08: the alarms of the deployment see something and tell somebody.
struct AlarmCoverageCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.alarms]
    let passingNote = "every alarm of the deployment has data and an action"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-CW-08", "The deployment's alarms have data and tell somebody",
            intent: "An alarm without data or without action looks like one that is quiet.", severity: .medium,
            risk: "The next outage is noticed by users first.",
            remediation: Remediation(
                summary: "Point the alarm at a metric that exists, and give it an action.",
                command:
                    "aws cloudwatch enable-alarm-actions --alarm-names NAME"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let own = try PlatformAlarms(try snapshot.alarms.known(), expectations.settings)
        let patience = expectations.threshold("hours_without_data", 6)
        for alarm in own.alarms {
            analysis.look(at: alarm.alarmName) { analysis in
                let component = Component.aws(.alarm, alarm.alarmName)
                if alarm.actionsEnabled == false {
                    analysis.found(
                        .setting(component, "ActionsEnabled", .differs), alarm.alarmName,
                        "the alarm's actions are switched off", expected: "actions enabled", got: "disabled")
                } else if (alarm.alarmActions ?? []).isEmpty, !own.isWatched(alarm) {
                    analysis.found(
                        .setting(component, "AlarmActions", .missing), alarm.alarmName,
                        "the alarm tells nobody: it has no action, and no composite alarm with one watches it",
                        expected: "an action for ALARM", got: "none")
                }
                guard alarm.stateValue == "INSUFFICIENT_DATA", !alarm.isSilentByNature else { return }
                let since = alarm.stateUpdatedTimestamp ?? .distantPast
                let hours = snapshot.takenAt.timeIntervalSince(since) / 3600
                guard hours >= patience else { return }
                analysis.found(
                    .ailment(component, .state, says: "INSUFFICIENT_DATA"), alarm.alarmName,
                    "the alarm is INSUFFICIENT_DATA: its metric \(alarm.metricName ?? "") has had no samples for hours",
                    expected: "samples, or missing data treated as not breaching",
                    got: "INSUFFICIENT_DATA since \(alarm.stateUpdatedTimestamp.map(Timestamp.text) ?? "?")")
            }
        }
        return analysis
    }
}

/// The alarms that watch the platform.
struct PlatformAlarms {
    let alarms: [CloudWatch.Alarm]
    private let composites: [CloudWatch.Alarm]

    /// - Throws: ``Stop`` as inconclusive when there are none.
    init(_ all: [CloudWatch.Alarm], _ settings: AWSSettings) throws {
        let resources = WatchedResources(settings)
        let metric = all.filter { $0.alarmRule == nil && resources.contains($0) }
        let names = Set(metric.map(\.alarmName))
        composites = all.filter { alarm in
            alarm.alarmRule != nil
                && (!alarm.children.isDisjoint(with: names) || resources.isNamed(in: alarm.alarmName))
        }
        alarms = metric + composites
        if alarms.isEmpty {
            throw Stop.inconclusive(
                .obstacle(.nothingToLookAt, of: Component(.alarm)),
                all.isEmpty
                    ? "no alarm is set up: nothing watches the deployment"
                    : "none of the account's \(all.count) alarms watches a resource of the deployment")
        }
    }

    /// Whether a composite alarm that tells somebody rests on the alarm.
    func isWatched(_ alarm: CloudWatch.Alarm) -> Bool {
        composites.contains {
            $0.children.contains(alarm.alarmName) && $0.actionsEnabled != false && $0.alarmActions?.isEmpty == false
        }
    }
}

/// What the configuration names, as CloudWatch's dimensions name it.
private struct WatchedResources {
    private let settings: AWSSettings
    /// The word that the names of the platform begin with.
    private let word: String

    init(_ settings: AWSSettings) {
        self.settings = settings
        word = Self.words(settings.cluster).first ?? ""
    }

    private static func words(_ text: String) -> [String] {
        text.lowercased().split { !($0.isLetter || $0.isNumber) }.map(String.init)
    }

    func isNamed(in text: String) -> Bool { !word.isEmpty && Self.words(text).contains(word) }

    func contains(_ alarm: CloudWatch.Alarm) -> Bool {
        let decisions = alarm.allDimensions.compactMap(decide)
        if !decisions.isEmpty { return !decisions.contains(false) }
        return isNamed(in: alarm.alarmName) || alarm.allDimensions.contains { isNamed(in: $0.value) }
    }

    /// Whether a dimension names a resource of the platform; nil for one that the configuration says nothing about.
    private func decide(_ dimension: CloudWatch.Alarm.Dimension) -> Bool? {
        let value = dimension.value
        let parts = value.split(separator: "/").map(String.init)
        switch dimension.name {
        case "ClusterName": return value == settings.cluster
        case "ServiceName": return settings.ecsServices.values.contains(value)
        case "LoadBalancer": return parts.count > 1 ? settings.loadBalancers.contains(parts[1]) : nil
        case "DBInstanceIdentifier": return value == settings.databaseInstance
        case "BucketName": return settings.buckets.contains(value)
        case "LogGroupName": return settings.logGroups.contains(value)
        case "ReplicationGroupId": return value == settings.cacheCluster
        case "CacheClusterId":
            guard let cache = settings.cacheCluster else { return nil }
            return value == cache || value.hasPrefix(cache + "-")
        case "QueueName", "TopicName", "FunctionName", "TableName", "InstanceId", "AutoScalingGroupName":
            return isNamed(in: value)
        default: return nil
        }
    }
}

extension CloudWatch.Alarm {
    /// Those of the metric, or of all metrics that are computed with.
    fileprivate var allDimensions: [Dimension] {
        (dimensions ?? []) + (metrics ?? []).flatMap { $0.metricStat?.metric?.dimensions ?? [] }
    }

    /// The alarms that a composite alarm's rule names: `ALARM(a) OR NOT OK("b")`, by name or by ARN.
    var children: Set<String> {
        guard let alarmRule else { return [] }
        let named = alarmRule.matches(of: #/(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*"?([^")]+?)"?\s*\)/#)
        return Set(named.map { String($0.1).split(separator: ":alarm:").last.map(String.init) ?? String($0.1) })
    }

    /// Whether no samples are no sign of trouble: the alarm says so itself, or its metric is reported only while something goes wrong
    /// (ELB user guide: CloudWatch metrics, "reporting criteria: there is a nonzero value").
    fileprivate var isSilentByNature: Bool {
        if ["notBreaching", "ignore"].contains(treatMissingData) { return true }
        guard let metricName else { return false }
        return metricName.hasPrefix("HTTPCode_") || metricName.hasSuffix("ErrorCount")
            || ["RejectedConnectionCount", "RequestCount", "Errors", "Throttles", "Evictions"].contains(metricName)
    }
}
