import AWSClient
import CheckKit
import RunModel
import Sockets

/// AWS-MAP-03: what DNS answers for a discovery service is what Cloud Map has registered.
struct DiscoveryAgreementCheck: Check {
    private static let items: [AWSItem] = [.namespaces, .discoveryServices, .discoveryInstances]

    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "AWS-MAP-03", title: "Cloud Map and DNS agree",
            intent:
                "A task that died without being deregistered leaves an address that nobody answers.",
            procedure:
                "Compare the registered addresses of each discovery service with what its name resolves to from here.",
            category: .aws, phase: .validation, severity: .high, needs: [.aws],
            dependsOn: ["AWS-STS-01", "AWS-MAP-02"], deadline: .seconds(120),
            awsActions: AWSItem.actions(for: Self.items), risk: "Some requests go to an address that is gone.",
            remediation: Remediation(
                summary: "Deregister what is dead; the ECS service registers what lives.",
                command: "aws servicediscovery deregister-instance --service-id ID --instance-id NAME"))
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let settings = try context.awsExpectations().settings
        let snapshot = try await context.awsStore().snapshot(of: Self.items, for: context)
        var sides: [Sides] = []
        for service in settings.discoveryServices {
            let instances = try snapshot.discoveryInstances[service].known()
            let registered = Set(instances.compactMap { $0.attributes["AWS_INSTANCE_IPV4"] })
            let name = "\(service).\(settings.namespace)"
            do throws(NameResolutionError) {
                let resolved = Set(try await NameResolver.addresses(of: name, within: .seconds(5)).map(\.text))
                sides.append(Sides(name: name, registered: registered, resolved: .success(resolved)))
            } catch {
                sides.append(Sides(name: name, registered: registered, resolved: .failure(error)))
            }
        }
        return Self.outcome(sides, vantage: context.vantage)
    }

    /// The addresses of one name.
    struct Sides {
        var name: String
        /// In Cloud Map.
        var registered: Set<String>
        /// By DNS, from here.
        var resolved: Result<Set<String>, NameResolutionError>
    }

    static func outcome(_ sides: [Sides], vantage: String) -> Outcome {
        var disagreements: [String] = []
        var unknown: [String] = []
        var agreed: [String] = []
        for side in sides {
            switch side.resolved {
            case .failure(let error): unknown.append(error.description)
            case .success(let resolved):
                if let problem = disagreement(registered: side.registered, resolved: resolved) {
                    disagreements.append("\(side.name): \(problem)")
                } else {
                    agreed.append("\(side.name) is \(resolved.sorted().joined(separator: ", "))")
                }
            }
        }
        if !disagreements.isEmpty {
            return .failed(
                .deviation(Component(.namespace), .addresses),
                "DNS and Cloud Map name different addresses", expected: "the registered addresses",
                got: disagreements.joined(separator: "; "))
        }
        guard unknown.isEmpty else {
            return .inconclusive(
                .obstacle(.vantage, of: Component(.namespace)),
                "the private zone does not resolve from here (\(vantage)): \(unknown.joined(separator: "; "))")
        }
        return .passed(agreed.joined(separator: "; "))
    }

    /// Nil when both sides name the same addresses. DNS answers at most eight of them (Cloud Map, "MULTIVALUE").
    static func disagreement(registered: Set<String>, resolved: Set<String>) -> String? {
        let stale = resolved.subtracting(registered).sorted()
        let hidden = registered.subtracting(resolved).sorted()
        var words: [String] = []
        if !stale.isEmpty { words.append("DNS answers \(stale.joined(separator: ", ")), which is not registered") }
        if !hidden.isEmpty, resolved.count < 8 {
            words.append("\(hidden.joined(separator: ", ")) is registered and not in DNS")
        }
        return words.isEmpty ? nil : words.joined(separator: "; ")
    }
}
