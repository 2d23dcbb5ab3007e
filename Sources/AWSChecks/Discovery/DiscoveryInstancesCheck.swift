import CheckKit
import RunModel

/// AWS-MAP-02: every discovery service has instances, on the right port.
struct DiscoveryInstancesCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.namespaces, .discoveryServices, .discoveryInstances, .services, .taskDefinitions]
    let passingNote = "every discovery service has instances"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-MAP-02", "The discovery services have instances",
            intent: "A name without instances resolves to nothing: 502 with a correct host name.",
            severity: .high, isCritical: true, risk: "The API cannot find MLflow.",
            remediation: Remediation(
                summary: "Attach the registry to the ECS service; until then register the address by hand.",
                command:
                    "aws servicediscovery register-instance --service-id ID --instance-id NAME --attributes AWS_INSTANCE_IPV4=ADDRESS"
            ))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let settings = expectations.settings
        let services = try snapshot.discoveryServices.known()
        for name in settings.discoveryServices {
            analysis.look(at: name) { analysis in
                guard let service = services.first(where: { $0.name == name }) else {
                    analysis.found(
                        .missing(.aws(.discoveryService, name)),
                        "\(name).\(settings.namespace)", "the discovery service does not exist", expected: "a service",
                        got: "none of that name")
                    return
                }
                let instances = try snapshot.discoveryInstances[name].known()
                if instances.isEmpty {
                    analysis.found(
                        .ailment(.aws(.discoveryService, name), .noInstance),
                        "\(name).\(settings.namespace)", "the name has no instance", expected: "at least one address",
                        got: "none",
                        question: AWSQuestion(
                            ["servicediscovery", "list-instances", "--service-id", service.id],
                            holds: "length(Instances) > `0`", absences: ["ServiceNotFound"]))
                }
                for instance in instances {
                    guard let port = instance.attributes["AWS_INSTANCE_PORT"],
                        let wanted = Self.port(of: service.id, snapshot) ?? settings.ports[name], port != String(wanted)
                    else { continue }
                    analysis.found(
                        .setting(.aws(.discoveryService, name), "port", .differs),
                        "\(name).\(settings.namespace)", "instance \(instance.id) is registered on port \(port)",
                        expected: "port \(wanted)", got: "port \(port)")
                }
            }
        }
        return analysis
    }

    /// The port of the ECS service that registers there: the registry's own, else the one its load balancers use, else the only
    /// one that its containers open.
    private static func port(of id: String, _ snapshot: AWSSnapshot) -> Int? {
        guard case .value(let services)? = snapshot.services else { return nil }
        for service in services {
            guard let registry = service.serviceRegistries.first(where: { $0.registryArn?.hasSuffix("/" + id) == true })
            else { continue }
            if let port = registry.containerPort ?? registry.port { return port }
            if let port = service.loadBalancers.compactMap(\.containerPort).first { return port }
            let definition = try? TaskDefinitionFacts.current(ofService: service.serviceName, in: snapshot)
            let ports = Set(
                (definition?.containerDefinitions ?? []).flatMap { $0.portMappings.compactMap(\.containerPort) })
            return ports.count == 1 ? ports.first : nil
        }
        return nil
    }
}
