import AWSClient
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
                risk: "MLflow was restarted at 85 % of its memory.", judge: Self.judgeServices),
            MetricCheck(
                id: "AWS-CW-03", title: "The load balancers and the services answer without 5xx", severity: .high,
                risk:
                    "Users see errors. Those of the load balancer mean no healthy target; those of the target mean the service.",
                part: .balancer, items: [.metrics, .loadBalancers], judge: Self.judgeErrors),
            MetricCheck(
                id: "AWS-CW-04", title: "The services answer in time, seen from the load balancer", severity: .medium,
                risk: "Users wait.", part: .balancer, items: [.metrics, .loadBalancers], judge: Self.judgeTimes),
            MetricCheck(
                id: "AWS-CW-05", title: "Healthy hosts never fell to zero", severity: .high,
                risk: "There was a moment without any target.", part: .balancer,
                items: [.metrics, .targetGroups, .targetHealth, .listeners, .rules], judge: Self.judgeHealthyHosts),
            MetricCheck(
                id: "AWS-CW-09", title: "The load balancers take every connection and reach their targets",
                severity: .high,
                risk: "Clients are rejected, or a target does not listen on its port.", part: .balancer,
                items: [.metrics, .loadBalancers], judge: Self.judgeConnections),
            MetricCheck(
                id: "AWS-CW-10", title: "No target stayed unhealthy for minutes", severity: .medium,
                risk: "The remaining targets carry its load, and the next failure is an outage.", part: .balancer,
                items: [.metrics, .targetGroups, .targetHealth, .listeners, .rules], judge: Self.judgeUnhealthyHosts),
            MetricCheck(
                id: "AWS-CW-11", title: "Fewer than a tenth of the answers are 5xx", severity: .critical,
                risk: "The service is down for many of its users.", part: .balancer, items: [.metrics, .loadBalancers],
                judge: Self.judgeOutage),
        ]
    }

    // MARK: Services

    private static let judgeServices: MetricCheck.Judge = { windows, snapshot, expectations, analysis in
        let services = expectations.settings.ecsServices
        for role in expectations.roles {
            for (word, limit) in [("cpu", 90.0), ("memory", 85.0)] {
                // A moment at full CPU is a start or a big request; memory that was full once kills.
                guard let value = word == "cpu" ? windows.sustained("cpu_\(role)") : windows.largest("memory_\(role)")
                else { continue }
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
        guard analysis.seen > 0 else { return }
        for role in expectations.roles {
            for (word, name) in [("cpu", "CPUUtilization"), ("memory", "MemoryUtilization")]
            where windows.largest("\(word)_\(role)") == nil {
                analysis.unknown(
                    .obstacle(.tooFewSamples, of: .aws(.ecsService, role)),
                    "\(role): CloudWatch has no samples of \(name) of the service \(services[role] ?? role) in the last hour, and has them of others"
                )
            }
        }
    }

    // MARK: Load balancers

    private static let judgeErrors: MetricCheck.Judge = { windows, snapshot, expectations, analysis in
        for balancer in try snapshot.loadBalancers.known() {
            let name = balancer.loadBalancerName
            let requests = windows.sum("requests_\(name)")
            guard requests > 0 || windows.sum("elb5xx_\(name)") > 0 else {
                analysis.remarks.append("\(name): no request in the window")
                continue
            }
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
    }

    /// A few errors in a quiet hour are a large share and no outage.
    private static let fewErrors = 20.0

    private static let judgeOutage: MetricCheck.Judge = { windows, snapshot, expectations, analysis in
        let most = expectations.threshold("error_ratio", 0.1)
        for balancer in try snapshot.loadBalancers.known() {
            let name = balancer.loadBalancerName
            let errors = windows.sum("elb5xx_\(name)") + windows.sum("target5xx_\(name)")
            let requests = max(windows.sum("requests_\(name)"), errors)
            guard requests > 0 else { continue }
            analysis.look(at: name) { analysis in
                guard errors / requests >= most, errors >= expectations.threshold("errors", fewErrors) else { return }
                let percent = (errors / requests * 100).wholeText
                analysis.found(
                    .excess(.aws(.loadBalancer, name), .errors), name,
                    "\(percent) % of the answers were 5xx", expected: "below \((most * 100).wholeText) %",
                    got: "\(errors.wholeText) of \(requests.wholeText) requests")
            }
        }
    }

    private static let judgeTimes: MetricCheck.Judge = { windows, snapshot, expectations, analysis in
        let most = expectations.threshold("p95_seconds", 2)
        for balancer in try snapshot.loadBalancers.known() {
            let name = balancer.loadBalancerName
            // One slow request is the 95th percentile of a quiet minute.
            guard let value = windows.sustained("p95_\(name)") else { continue }
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
    }

    private static let judgeConnections: MetricCheck.Judge = { windows, snapshot, expectations, analysis in
        for balancer in try snapshot.loadBalancers.known() {
            let name = balancer.loadBalancerName
            let requests = windows.sum("requests_\(name)")
            let rejected = windows.sum("rejected_\(name)")
            let failed = windows.sum("connect_errors_\(name)")
            guard requests + rejected + failed > 0 else { continue }
            analysis.look(at: name) { analysis in
                if rejected > expectations.threshold("rejected", 0) {
                    analysis.found(
                        .excess(.aws(.loadBalancer, name), .connections), name,
                        "the load balancer rejected \(rejected.wholeText) connections: it was at its limit",
                        expected: "none", got: rejected.wholeText)
                }
                let ratio = failed / max(1, requests + failed)
                if ratio > expectations.threshold("connect_error_ratio", 0.01) {
                    analysis.found(
                        .excess(.aws(.loadBalancer, name), .errors), name,
                        "\(failed.wholeText) connections to targets failed", expected: "at most 1 % of the requests",
                        got: "\(failed.wholeText) next to \(requests.wholeText) requests")
                }
            }
        }
    }

    // MARK: Targets

    private static let judgeHealthyHosts: MetricCheck.Judge = { windows, snapshot, _, analysis in
        try eachLiveGroup(snapshot, &analysis) { group, component, analysis in
            let values = windows.series("healthy_\(group)")
            guard !values.isEmpty else {
                // Reported only while targets are registered.
                if try snapshot.targetHealth[group].known().isEmpty { return false }
                analysis.unknown(
                    .obstacle(.tooFewSamples, of: component),
                    "\(group): CloudWatch has no samples of HealthyHostCount in the last hour")
                return true
            }
            // A group that traffic was moved to within the hour was empty before.
            let since = values.drop { $0 < 1 }
            if (since.isEmpty ? values[...] : since).contains(where: { $0 < 1 }) {
                analysis.found(
                    .ailment(component, .noHealthyTarget), group, "there was a minute without a healthy host",
                    expected: "at least 1", got: "0")
            }
            return true
        }
    }

    private static let judgeUnhealthyHosts: MetricCheck.Judge = { windows, snapshot, expectations, analysis in
        let most = expectations.threshold("minutes", 10)
        try eachLiveGroup(snapshot, &analysis) { group, component, analysis in
            let values = windows.series("unhealthy_\(group)")
            guard !values.isEmpty else { return false }
            let minutes = values.count { $0 >= 1 }
            if Double(minutes) > most {
                analysis.found(
                    .ailment(component, .targetUnhealthy), group, "a target was unhealthy for \(minutes) minutes",
                    expected: "at most \(most.wholeText) minutes of the hour", got: "\(minutes)")
            }
            return true
        }
    }

    /// Looks at the groups that rules of the watched load balancers send something to.
    private static func eachLiveGroup(
        _ snapshot: AWSSnapshot, _ analysis: inout Analysis,
        _ judge: (String, Component, inout Analysis) throws -> Bool
    ) throws {
        let live = try snapshot.liveTargetGroups()
        for group in try snapshot.targetGroups.known() where live.contains(group.targetGroupArn) {
            let name = group.targetGroupName
            var own = analysis
            var isSeen = false
            own.look(at: name) { isSeen = try judge(name, .aws(.targetGroup, name), &$0) }
            if isSeen || own.unknowns.count > analysis.unknowns.count { analysis = own }
        }
    }
}

/// One judgement over the figures; without samples it cannot tell.
struct MetricCheck: SnapshotCheck {
    typealias Judge = @Sendable (MetricWindows, AWSSnapshot, AWSExpectations, inout Analysis) throws -> Void

    let id: CheckID
    let title: String
    let severity: Severity
    let risk: String
    /// What the figures are of, where a deployment may be without.
    var part: SystemPart?
    var items: [AWSItem] = [.metrics]
    let judge: Judge

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

extension AWSSnapshot {
    /// The ARNs of the target groups that a rule or a listener of the watched load balancers forwards to.
    ///
    /// - Throws: ``Stop`` as inconclusive where rules could not be read.
    func liveTargetGroups() throws -> Set<String> {
        var actions: [LoadBalancing.Action] = []
        for (_, answer) in listeners.sorted(by: { $0.key < $1.key }) {
            actions += try answer.known().flatMap(\.defaultActions)
        }
        for (_, answer) in rules.sorted(by: { $0.key < $1.key }) { actions += try answer.known().flatMap(\.actions) }
        return actions.reduce(into: []) { live, action in
            let weighted = action.forwardConfig?.targetGroups ?? []
            live.formUnion(weighted.filter { $0.weight != 0 }.compactMap(\.targetGroupArn))
            if weighted.isEmpty, let only = action.targetGroupArn { live.insert(only) }
        }
    }
}
