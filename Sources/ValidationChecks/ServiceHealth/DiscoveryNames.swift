import CheckKit
import Formats
import RunModel
import Settings
import Sockets

/// The private names by which the services find each other (contract §9.4).
struct DiscoveryNames: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "SH-56", title: "The services' private names resolve",
            intent: "A wrong or empty name is a 502 with everything else in order.",
            procedure:
                "Resolve each of `services.discovery_names`. When one of them resolves, this is the inside of the network, and another that does not is a failure.",
            category: .serviceHealth, phase: .validation, severity: .high, deadline: .seconds(40),
            risk: "The API does not find MLflow.",
            remediation: Remediation(
                summary: "Correct the name in the task's environment, or attach the registry to the ECS service.",
                command:
                    "aws servicediscovery discover-instances --namespace-name \"$NAMESPACE\" --service-name mlflow",
                terraform: "service_registries { registry_arn = aws_service_discovery_service.mlflow.arn }"))
    }

    func omission(under configuration: Configuration) -> String? {
        configuration.services.discoveryNames.isEmpty ? "`services.discovery_names` names none" : nil
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let names = context.configuration.services.discoveryNames
        context.recorder.reproduce(with: names.map { "getent ahosts \"\($0)\"" }.joined(separator: "; "))
        var found: [String: [IPAddress]] = [:]
        var missing: [String: String] = [:]
        for name in names {
            do throws(NameResolutionError) {
                found[name] = try await NameResolver.addresses(of: name, within: .seconds(5))
            } catch {
                missing[name] = error.message
            }
        }
        let lines =
            found.map { "\($0.key): \($0.value.map(\.text).joined(separator: ", "))" }
            + missing.map { "\($0.key): \($0.value)" }
        context.recorder.attach(Evidence("addresses of the names", text: lines.sorted().joined(separator: "\n") + "\n"))
        return Self.outcome(found: found, missing: missing, vantage: context.vantage)
    }

    static func outcome(found: [String: [IPAddress]], missing: [String: String], vantage: String) -> Outcome {
        let shown = found.sorted { $0.key < $1.key }
            .map { "\($0.key) is \($0.value.map(\.text).joined(separator: ", "))" }.joined(separator: "; ")
        guard !missing.isEmpty else { return .passed("\(found.count) of \(found.count) names: \(shown)") }
        let told = missing.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "; ")
        guard !found.isEmpty || missing.keys.contains(where: PrivateHost.isAnswerable) else {
            return .inconclusive(
                .obstacle(.vantage, of: Component(.namespace)),
                "no private name resolves from here (\(vantage)): \(told). Run from inside the network")
        }
        let first = missing.keys.sorted()[0]
        return .failed(
            .unresolved(Component(.dnsName, first), at: first),
            "\(missing.keys.sorted().joined(separator: ", ")) has no address", expected: "an address for each name",
            got: shown.isEmpty ? told : "\(told); \(shown)")
    }
}
