import CheckKit
import Formats
import Foundation
import RunModel
import Settings

/// What CloudWatch's figures of the run's window say, next to those of the day before.
struct MetricChecks: CheckFamily {
    func checks(for configuration: Configuration) -> [any Check] {
        [
            MetricCheck(
                id: "AWS-CW-02", title: "CPU and memory of the services stay below their limits", severity: .medium,
                risk: "MLflow was restarted at 85 % of its memory.",
                judge: { windows, snapshot, expectations, analysis in
                    for role in expectations.roles {
                        for (word, limit) in [("cpu", 90.0), ("memory", 85.0)] {
                            guard let value = windows.largest("\(word)_\(role)") else { continue }
                            analysis.look(at: role) { analysis in
                                analysis.measurements.append(
                                    Metric("aws.ecs.\(word)", value / 100, .ratio, labels: ["role": role]))
                                let most = expectations.threshold("\(word)_percent", limit)
                                if value >= most {
                                    analysis.found(
                                        .excess(.aws(.ecsService, role), word == "cpu" ? .processor : .memory),
                                        role, "\(word) reached \(value.wholeText) %",
                                        expected: "below \(most.wholeText) %",
                                        got: "\(value.wholeText) %")
                                }
                            }
                        }
                    }
                }),
            MetricCheck(
                id: "AWS-CW-03", title: "The load balancers and the services answer without 5xx", severity: .high,
                risk:
                    "Users see errors. Those of the load balancer mean no healthy target; those of the target mean the service.",
                part: .balancer,
                judge: { windows, snapshot, expectations, analysis in
                    for balancer in try snapshot.loadBalancers.known() {
                        let name = balancer.loadBalancerName
                        let requests = windows.sum("requests_\(name)")
                        guard requests > 0 || windows.sum("elb5xx_\(name)") > 0 else { continue }
                        analysis.look(at: name) { analysis in
                            for (id, words) in [("elb5xx", "the load balancer's own"), ("target5xx", "the service's")] {
                                let count = windows.sum("\(id)_\(name)")
                                let before = windows.sumOfDayBefore("\(id)_\(name)")
                                let ratio = count / max(1, requests)
                                analysis.measurements.append(
                                    Metric("aws.alb.\(id)", count, .count, labels: ["load_balancer": name]))
                                if ratio > expectations.threshold("error_ratio", 0.01) {
                                    analysis.found(
                                        .excess(.aws(.loadBalancer, name), .errors),
                                        name, "\(count.wholeText) answers were \(words) 5xx",
                                        expected: "at most 1 % of \(requests.wholeText) requests",
                                        got: "\(count.wholeText), on the day before \(before.wholeText)")
                                }
                            }
                        }
                    }
                }),
            MetricCheck(
                id: "AWS-CW-04", title: "The services answer in time, seen from the load balancer", severity: .medium,
                risk: "Users wait.", part: .balancer,
                judge: { windows, snapshot, expectations, analysis in
                    let most = expectations.threshold("p95_seconds", 2)
                    for balancer in try snapshot.loadBalancers.known() {
                        let name = balancer.loadBalancerName
                        guard let value = windows.largest("p95_\(name)") else { continue }
                        analysis.look(at: name) { analysis in
                            analysis.measurements.append(
                                Metric("aws.alb.response_time.p95", value, .seconds, labels: ["load_balancer": name]))
                            if value > most {
                                analysis.found(
                                    .excess(.aws(.loadBalancer, name), .time),
                                    name, "the 95th percentile reached \(value) s", expected: "at most \(most) s",
                                    got: "\(value) s")
                            }
                        }
                    }
                }),
            MetricCheck(
                id: "AWS-CW-05", title: "Healthy hosts never fell to zero", severity: .high,
                risk: "There was a moment without any target.", part: .balancer,
                judge: { windows, snapshot, _, analysis in
                    for group in try snapshot.targetGroups.known() {
                        guard let value = windows.smallest("healthy_\(group.targetGroupName)") else { continue }
                        analysis.look(at: group.targetGroupName) { analysis in
                            if value < 1 {
                                analysis.found(
                                    .ailment(.aws(.targetGroup, group.targetGroupName), .noHealthyTarget),
                                    group.targetGroupName, "there was a minute without a healthy host",
                                    expected: "at least 1",
                                    got: "\(value.wholeText)")
                            }
                        }
                    }
                }),
            MetricCheck(
                id: "AWS-CW-06", title: "The database has connections, CPU and storage to spare", severity: .high,
                risk: "The database refuses connections, slows down or stops.",
                judge: { windows, _, expectations, analysis in
                    let name = expectations.settings.databaseInstance
                    // db.t3.micro allows about 80 connections (contract §8.1 names the class).
                    let limits = [("connections", 70.0), ("cpu", 80.0)]
                    for (word, own) in limits {
                        guard let value = windows.largest("db_\(word)") else { continue }
                        analysis.look(at: name) { analysis in
                            let most = expectations.threshold(word, own)
                            analysis.measurements.append(Metric("aws.rds.\(word)", value, .count))
                            if value >= most {
                                analysis.found(
                                    .excess(.aws(.databaseInstance, name), word == "cpu" ? .processor : .connections),
                                    name, "\(word) reached \(value.wholeText)", expected: "below \(most.wholeText)",
                                    got: "\(value.wholeText)")
                            }
                        }
                    }
                    if let free = windows.smallest("db_storage") {
                        analysis.look(at: name) { analysis in
                            let least = expectations.threshold("free_gib", 2)
                            let gibibytes = free / 1_073_741_824
                            analysis.measurements.append(Metric("aws.rds.free_storage", free, .bytes))
                            if gibibytes < least {
                                analysis.found(
                                    .excess(.aws(.databaseInstance, name), .storage),
                                    name, "only \(gibibytes.wholeText) GiB of storage are free",
                                    expected: "at least \(least) GiB",
                                    got: "\(gibibytes) GiB")
                            }
                        }
                    }
                }),
        ]
    }
}

/// One judgement over the figures; without samples it cannot tell.
struct MetricCheck: SnapshotCheck {
    let id: CheckID
    let title: String
    let severity: Severity
    let risk: String
    /// What the figures are of, where a deployment may be without.
    var part: SystemPart?
    let judge: @Sendable (MetricWindows, AWSSnapshot, AWSExpectations, inout Analysis) throws -> Void

    let items: [AWSItem] = [.metrics]
    var passingNote: String { title }

    var descriptor: CheckDescriptor {
        declare(
            id, title, intent: "Figures of the hour before the run and of the same hour of the day before.",
            severity: severity, needs: part.map { [.part($0)] } ?? [],
            risk: risk, remediation: Remediation(summary: "Compare with the change record of the same hour."))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        try judge(try snapshot.metrics.known(), snapshot, expectations, &analysis)
        if analysis.seen == 0 {
            throw Stop.inconclusive(
                .obstacle(.tooFewSamples, of: Component(.aws)), "CloudWatch has no samples of the last hour")
        }
        return analysis
    }
}
