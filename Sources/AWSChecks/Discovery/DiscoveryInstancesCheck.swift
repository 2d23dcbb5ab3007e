import CheckKit
import RunModel

/// AWS-MAP-02: every discovery service has instances, on the right port.
struct DiscoveryInstancesCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.namespaces, .discoveryServices, .discoveryInstances]
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
                guard services.contains(where: { $0.name == name }) else {
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
                        got: "none")
                }
                for instance in instances {
                    guard let port = instance.attributes["AWS_INSTANCE_PORT"], let wanted = settings.ports[name],
                        port != String(wanted)
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
}
