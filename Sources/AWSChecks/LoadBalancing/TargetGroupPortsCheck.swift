import AWSClient
import CheckKit
import RunModel

/// AWS-ALB-05: target groups send to the port on which their service listens, and ask for its health there.
struct TargetGroupPortsCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [
        .targetGroups, .targetHealth, .services, .taskDefinitions, .loadBalancers, .listeners, .rules,
    ]
    let passingNote = "every target group uses its service's port"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ALB-05", "The target groups use the port of their service",
            intent: "A registry group on port 8000 would always be unhealthy: the API listens on 8001.",
            severity: .high, needs: [.part(.balancer)],
            risk: "Targets never become healthy; the load balancer answers 502 or 503.",
            remediation: Remediation(
                summary:
                    "Register the targets on the service's port; a group's own port cannot be changed, make a new group.",
                command: "aws elbv2 register-targets --target-group-arn ARN --targets Id=ADDRESS,Port=PORT"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let services = try snapshot.services.known()
        for group in try snapshot.targetGroups.known() {
            let role = expectations.role(
                ofTargetGroup: group.targetGroupName, arn: group.targetGroupArn, snapshot: snapshot)
            // Also a group that nothing leads to yet, where its name says whose it is.
            let isNamed = group.targetGroupName.contains(expectations.environment)
            guard let role, expectations.isWatched(group, in: snapshot) || isNamed, group.targetType != "lambda" else {
                continue
            }
            analysis.look(at: group.targetGroupName) { analysis in
                try examine(group, role, services, snapshot, expectations, &analysis)
            }
        }
        for service in services {
            analysis.look(at: service.serviceName) { analysis in
                try examineLinks(of: service, snapshot, &analysis)
            }
        }
        return analysis
    }

    private func examine(
        _ group: LoadBalancing.TargetGroup, _ role: String, _ services: [ECS.Service], _ snapshot: AWSSnapshot,
        _ expectations: AWSExpectations, _ analysis: inout Analysis
    ) throws {
        let service = services.first { $0.serviceName == expectations.settings.ecsServices[role] }
        let component = Component.aws(.targetGroup, group.targetGroupName)
        let link = service?.loadBalancers.first { $0.targetGroupArn == group.targetGroupArn }
        guard let port = link?.containerPort ?? expectations.settings.ports[role] else { return }
        // ECS registers addresses with the container's port, whatever the group's own is. Targets of another type get ports of
        // their host.
        let targets = group.targetType == "instance" ? [] : try snapshot.targetHealth[group.targetGroupName].known()
        if link == nil, targets.isEmpty, group.targetType != "instance", group.port != port {
            analysis.found(
                .setting(component, "Port", .differs),
                group.targetGroupName, "the group sends to port \(group.port ?? 0), \(role) listens on \(port)",
                expected: "port \(port)", got: "port \(group.port ?? 0)")
        }
        for target in targets where target.target.port != nil && target.target.port != port {
            analysis.found(
                .setting(component, "Port", .differs),
                group.targetGroupName,
                "target \(target.target.id) is registered on port \(target.target.port ?? 0), \(role) listens on \(port)",
                expected: "port \(port)", got: "port \(target.target.port ?? 0)")
        }
        let definition = service.flatMap { try? TaskDefinitionFacts.current(ofService: $0.serviceName, in: snapshot) }
        let open = Set(
            (definition?.containerDefinitions ?? []).flatMap { $0.portMappings.compactMap(\.containerPort) } + [port])
        if group.healthCheckEnabled != false, group.targetType == "ip",
            let own = group.healthCheckPort.flatMap({ Int($0) }), !open.contains(own)
        {
            analysis.found(
                .setting(component, "HealthCheckPort", .differs), group.targetGroupName,
                "the health check asks on port \(own), which no container of \(role) opens",
                expected: "traffic-port, or port \(open.sorted().map(String.init).joined(separator: " or "))",
                got: "port \(own)")
        }
    }

    /// What a service registers in its groups must be a port of its container.
    private func examineLinks(of service: ECS.Service, _ snapshot: AWSSnapshot, _ analysis: inout Analysis) throws {
        guard !service.loadBalancers.isEmpty else { return }
        let definition = try TaskDefinitionFacts.current(ofService: service.serviceName, in: snapshot)
        for link in service.loadBalancers {
            guard let port = link.containerPort, let name = link.containerName else { continue }
            guard let container = definition.containerDefinitions.first(where: { $0.name == name }) else {
                analysis.found(
                    .setting(.aws(.ecsService, service.serviceName), "loadBalancers", .differs), service.serviceName,
                    "the service registers the container \(name), which \(definition.family):\(definition.revision) lacks",
                    expected: definition.containerDefinitions.map(\.name).joined(separator: " or "), got: name)
                continue
            }
            let open = container.portMappings.compactMap(\.containerPort)
            if !open.contains(port) {
                analysis.found(
                    .setting(.aws(.ecsService, service.serviceName), "loadBalancers", .differs), service.serviceName,
                    "the service registers port \(port) of \(name), which the container does not open",
                    expected: "port \(open.map(String.init).joined(separator: " or "))", got: "port \(port)")
            }
        }
    }
}
