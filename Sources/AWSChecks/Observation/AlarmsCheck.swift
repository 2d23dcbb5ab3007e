import CheckKit
import Formats
import RunModel

/// AWS-CW-01: no alarm of the deployment is in ALARM.
struct AlarmsCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.alarms]
    let passingNote = "no alarm is raised"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-CW-01", "No CloudWatch alarm is raised",
            intent: "Alarms watch around the clock; a raised one is known before the run begins.",
            severity: .high, risk: "Somebody set a limit, and it is crossed.",
            remediation: Remediation(
                summary: "Follow the alarm's reason.", command: "aws cloudwatch describe-alarms --state-value ALARM"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let alarms = try snapshot.alarms.known()
        let own = alarms.filter { $0.alarmName.contains(expectations.environment) || $0.alarmName.contains("hokusai") }
        for alarm in own.isEmpty ? alarms : own {
            analysis.look(at: alarm.alarmName) { analysis in
                if alarm.stateValue == "ALARM" {
                    analysis.found(
                        .ailment(.aws(.alarm, alarm.alarmName), .alarm, says: alarm.stateReason ?? ""),
                        alarm.alarmName, alarm.stateReason ?? "the alarm is raised", expected: "OK",
                        got: "ALARM since \(alarm.stateUpdatedTimestamp.map(Timestamp.text) ?? "?")")
                }
            }
        }
        if alarms.isEmpty {
            throw Stop.inconclusive(
                .obstacle(.nothingToLookAt, of: Component(.alarm)), "no alarm is set up: nothing watches the deployment"
            )
        }
        return analysis
    }
}
