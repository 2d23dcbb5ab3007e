import CheckKit
import RunModel

/// AWS-ECS-07: services that others find by name are attached to service discovery.
struct ServiceRegistriesCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.services]
    let passingNote = "services that must be discoverable are attached to Cloud Map"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ECS-07", "Services found by name are attached to service discovery",
            intent: "A service recreated without registries keeps running and cannot be found.",
            severity: .high, risk: "The API answers 502: the name of MLflow resolves to nothing.",
            remediation: Remediation(
                summary: "Attach the registry and recreate the service.",
                terraform: """
                    service_registries {
                      registry_arn = aws_service_discovery_service.this.arn
                    }
                    """))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let services = try snapshot.services.known()
        for role in expectations.settings.discoveryServices {
            guard let name = expectations.settings.ecsServices[role],
                let service = services.first(where: { $0.serviceName == name })
            else { continue }
            analysis.look(at: name) { analysis in
                if service.serviceRegistries.isEmpty {
                    analysis.found(
                        .setting(.aws(.ecsService, name), "serviceRegistries", .differs),
                        name, "the service is not attached to service discovery", expected: "a service registry",
                        got: "none")
                }
            }
        }
        return analysis
    }
}
