import AWSClient
import CheckKit
import RunModel

/// AWS-ECS-07: services that others find by name are attached to service discovery.
struct ServiceRegistriesCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.services, .namespaces, .discoveryServices, .registries]
    let passingNote = "services that must be discoverable are attached to Cloud Map"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ECS-07", "Services found by name are attached to service discovery",
            intent: "A service recreated without registries keeps running and cannot be found.",
            severity: .high, risk: "The API answers 502: the name of MLflow resolves to nothing.",
            remediation: Remediation(
                summary: "Attach the registry and recreate the service.",
                command:
                    "aws ecs update-service --cluster CLUSTER --service SERVICE --service-registries registryArn=ARN",
                terraform: """
                    service_registries {
                      registry_arn = aws_service_discovery_service.this.arn
                    }
                    """))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let services = try snapshot.services.known()
        for name in expectations.settings.discoveryServices {
            guard let service = Self.service(behind: name, services, snapshot, expectations) else { continue }
            analysis.look(at: service.serviceName) { analysis in
                if service.serviceRegistries.isEmpty {
                    analysis.found(
                        .setting(.aws(.ecsService, service.serviceName), "serviceRegistries", .differs),
                        service.serviceName, "the service is not attached to service discovery as \(name)",
                        expected: "a service registry", got: "none")
                }
            }
        }
        for service in services {
            for registry in service.serviceRegistries.compactMap(\.registryArn) {
                analysis.look(at: service.serviceName) { analysis in
                    let known = try snapshot.registries.known()
                    let id = registry.split(separator: "/").last.map(String.init) ?? registry
                    if !known.contains(where: { $0.arn == registry || $0.id == id }) {
                        analysis.found(
                            .missing(.aws(.discoveryService, id)), service.serviceName,
                            "its service registry \(id) does not exist", expected: "a service of Cloud Map",
                            got: "none with that ARN")
                    }
                }
            }
        }
        return analysis
    }

    /// The configured service behind a name of Cloud Map: the one registered there, else the one with that role or name.
    private static func service(
        behind name: String, _ services: [ECS.Service], _ snapshot: AWSSnapshot, _ expectations: AWSExpectations
    ) -> ECS.Service? {
        if case .value(let known)? = snapshot.discoveryServices, let own = known.first(where: { $0.name == name }),
            let registered = services.first(where: { service in
                service.serviceRegistries.contains {
                    $0.registryArn == own.arn || $0.registryArn?.hasSuffix(own.id) == true
                }
            })
        {
            return registered
        }
        let wanted = expectations.settings.ecsServices[name] ?? name
        return services.first { $0.serviceName == wanted }
    }
}
