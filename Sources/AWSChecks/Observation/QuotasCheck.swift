import AWSClient
import CheckKit
import Formats
import RunModel

/// A quota that a platform of containers reaches, and where CloudWatch counts its use.
struct WatchedQuota {
    let code: String
    let service: String
    let title: String
    /// What its use is called in the namespace AWS/Usage.
    let usage: [String: String]

    /// ECS developer guide: AWS Fargate usage metrics.
    static let all: [WatchedQuota] = [
        WatchedQuota(
            code: "L-3032A538", service: "fargate", title: "Fargate On-Demand vCPUs",
            usage: ["Service": "Fargate", "Type": "Resource", "Resource": "vCPU", "Class": "Standard/OnDemand"])
    ]

    var queryID: String { "quota_\(code)" }
}

/// AWS-LIM-01: what AWS allows the account leaves room for a deployment.
struct QuotasCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.quotas, .metrics, .services]
    let passingNote = "the account's quotas leave room"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-LIM-01", "The account's quotas leave room for a deployment",
            intent:
                "A rolling deployment needs room for a second set of tasks; at the end of a quota none of them starts.",
            severity: .medium, risk: "New tasks do not start: you have reached the limit on the number of vCPUs.",
            remediation: Remediation(
                summary: "Ask for a higher quota, or stop what is not needed.",
                command:
                    "aws service-quotas request-service-quota-increase --service-code fargate --quota-code CODE --desired-value VALUE"
            ))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let windows = try snapshot.metrics.known()
        let share = expectations.threshold("share", 0.9)
        for quota in WatchedQuota.all {
            analysis.look(at: quota.title) { analysis in
                if snapshot.quotas[quota.code]?.error?.kind == .notFound {
                    throw Stop.inconclusive(
                        .obstacle(.nothingToLookAt, of: Component(.aws)),
                        "the account has no value for quota \(quota.code)")
                }
                let most = try snapshot.quotas[quota.code].known()
                guard let used = windows.largest(quota.queryID) else {
                    throw Stop.inconclusive(
                        .obstacle(.tooFewSamples, of: Component(.aws)),
                        "CloudWatch has no samples of their use (quota \(quota.code)) in the last hour")
                }
                analysis.remarks.append("\(quota.title): \(used) of \(most.wholeText)")
                if used >= most * share {
                    analysis.found(
                        .excess(.aws(.cluster, expectations.settings.cluster), .processor), quota.title,
                        "\(used) of \(most.wholeText) are in use (quota \(quota.code))",
                        expected: "below \((share * 100).wholeText) %", got: "\((used / most * 100).wholeText) %")
                }
            }
        }
        return analysis
    }
}
