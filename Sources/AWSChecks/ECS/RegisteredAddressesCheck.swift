import AWSClient
import CheckKit
import Formats
import Foundation
import RunModel

/// AWS-ECS-21: what is registered as targets and in Cloud Map are the addresses of the running tasks.
struct RegisteredAddressesCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [
        .services, .tasks, .targetGroups, .targetHealth, .namespaces, .discoveryServices, .discoveryInstances,
    ]
    let passingNote = "targets and Cloud Map name the addresses of the running tasks"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ECS-21", "Registered targets and Cloud Map records are the running tasks",
            intent: "A task that died without being deregistered leaves an address that nobody answers.",
            procedure:
                "Compares the addresses of each service's tasks with its target groups and its Cloud Map service, both ways.",
            severity: .high, risk: "Some requests go to an address that is gone, or a running task gets none.",
            remediation: Remediation(
                summary: "Deregister what is dead; deploy again, so that ECS registers what lives.",
                command: "aws ecs update-service --cluster CLUSTER --service SERVICE --force-new-deployment"))
    }

    /// A service with the addresses of its tasks.
    private struct Running {
        let service: ECS.Service
        /// Of all tasks that have not stopped.
        let alive: Set<String>
        /// Of tasks that have run long enough to be registered.
        let settled: Set<String>
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let services = try snapshot.services.known()
        var running: [Running] = []
        for service in services {
            analysis.look(at: service.serviceName) { analysis in
                guard service.networkConfiguration?.awsvpcConfiguration != nil else { return }
                let tasks = try snapshot.tasks[service.serviceName].known().filter { $0.lastStatus != "STOPPED" }
                let alive = Set(tasks.flatMap(Self.addresses))
                guard !alive.isEmpty else {
                    // Where no task is there at all, the count of the running ones is another check's finding.
                    guard service.runningCount == 0 else {
                        throw Stop.inconclusive(
                            .obstacle(.nothingToLookAt, of: .aws(.ecsService, service.serviceName)),
                            "no running task with an address is listed, although \(service.runningCount) run")
                    }
                    return
                }
                let settled = tasks.filter { Self.isSettled($0, at: snapshot.takenAt, expectations) }
                running.append(
                    Running(service: service, alive: alive, settled: Set(settled.flatMap(Self.addresses))))
            }
        }
        let all = running.reduce(into: Set<String>()) { $0.formUnion($1.alive) }
        for each in running {
            examineTargets(of: each, all, snapshot, expectations, &analysis)
            examineRecords(of: each, all, snapshot, expectations, &analysis)
        }
        return analysis
    }

    private static func addresses(_ task: ECS.Task) -> [String] {
        Array(Set(task.containers.flatMap { ($0.networkInterfaces ?? []).compactMap(\.privateIpv4Address) }))
    }

    private static func isSettled(_ task: ECS.Task, at now: Date, _ expectations: AWSExpectations) -> Bool {
        guard task.lastStatus == "RUNNING", task.desiredStatus != "STOPPED", let start = task.startedAt else {
            return false
        }
        return now.timeIntervalSince(start) > expectations.threshold("minutes", 5) * 60
    }

    private func examineTargets(
        of running: Running, _ all: Set<String>, _ snapshot: AWSSnapshot, _ expectations: AWSExpectations,
        _ analysis: inout Analysis
    ) {
        let service = running.service.serviceName
        let arns = Set(
            running.service.loadBalancers.flatMap {
                [$0.targetGroupArn, $0.advancedConfiguration?.alternateTargetGroupArn].compactMap(\.self)
            })
        guard !arns.isEmpty else { return }
        analysis.look(at: service) { analysis in
            let groups = try snapshot.targetGroups.known().filter {
                arns.contains($0.targetGroupArn) && $0.targetType == "ip"
            }
            guard !groups.isEmpty else { return }
            var registered: Set<String> = []
            for group in groups {
                let targets = try snapshot.targetHealth[group.targetGroupName].known().filter {
                    $0.targetHealth.state != "draining"
                }
                // While a target is being registered, its task may have begun after the tasks were listed.
                let settled = targets.filter { $0.targetHealth.state != "initial" }
                registered.formUnion(targets.map(\.target.id))
                for target in settled where !all.contains(target.target.id) {
                    analysis.found(
                        .setting(.aws(.targetGroup, group.targetGroupName), "Targets", .differs), group.targetGroupName,
                        "target \(target.target.id) is registered, and no task of \(service) has that address",
                        expected: "the addresses \(running.alive.sorted().joined(separator: ", "))",
                        got: "\(target.target.id), \(target.targetHealth.state)")
                }
            }
            // During a blue/green deployment the other group of a pair takes the tasks.
            for role in [expectations.role(ofService: service)].compactMap(\.self) {
                for group in try snapshot.targetGroups.known() where !arns.contains(group.targetGroupArn) {
                    guard
                        expectations.role(
                            ofTargetGroup: group.targetGroupName, arn: group.targetGroupArn, snapshot: snapshot)
                            == role,
                        case .value(let targets)? = snapshot.targetHealth[group.targetGroupName]
                    else { continue }
                    registered.formUnion(targets.map(\.target.id))
                }
            }
            for missing in running.settled.subtracting(registered).sorted() {
                analysis.found(
                    .ailment(.aws(.targetGroup, groups[0].targetGroupName), .noTarget), groups[0].targetGroupName,
                    "the running task of \(service) with address \(missing) is no target",
                    expected: "\(missing) among the targets",
                    got: registered.isEmpty ? "no target" : registered.sorted().joined(separator: ", "))
            }
        }
    }

    private func examineRecords(
        of running: Running, _ all: Set<String>, _ snapshot: AWSSnapshot, _ expectations: AWSExpectations,
        _ analysis: inout Analysis
    ) {
        let ids = running.service.serviceRegistries.compactMap {
            $0.registryArn?.split(separator: "/").last.map(String.init)
        }
        guard !ids.isEmpty else { return }
        analysis.look(at: running.service.serviceName) { analysis in
            for name in try snapshot.discoveryServices.known().filter({ ids.contains($0.id) }).map(\.name) {
                let instances = try snapshot.discoveryInstances[name].known()
                let host = "\(name).\(expectations.settings.namespace)"
                for instance in instances {
                    guard let address = instance.attributes["AWS_INSTANCE_IPV4"], !all.contains(address) else {
                        continue
                    }
                    analysis.found(
                        .setting(.aws(.discoveryService, name), "AWS_INSTANCE_IPV4", .differs), host,
                        "\(address) is registered, and no task of \(running.service.serviceName) has that address",
                        expected: "the addresses \(running.alive.sorted().joined(separator: ", "))", got: address)
                }
                let known = Set(instances.compactMap { $0.attributes["AWS_INSTANCE_IPV4"] })
                // A name without any instance is another check's finding.
                guard !known.isEmpty else { continue }
                for missing in running.settled.subtracting(known).sorted() {
                    analysis.found(
                        .ailment(.aws(.discoveryService, name), .noInstance), host,
                        "the running task of \(running.service.serviceName) with address \(missing) is not registered",
                        expected: "\(missing) among the instances", got: known.sorted().joined(separator: ", "))
                }
            }
        }
    }
}
