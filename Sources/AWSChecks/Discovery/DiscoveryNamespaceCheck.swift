import CheckKit
import RunModel

/// AWS-MAP-01: the private namespace exists under exactly the configured name.
struct DiscoveryNamespaceCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.namespaces]
    let passingNote = "the namespace exists"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-MAP-01", "The service discovery namespace exists",
            intent: "Wrong names were seen in the wild: `hokusai.local`, `hokusai-dev.local`.",
            severity: .high,
            risk: "No service finds another by name.",
            remediation: Remediation(
                summary: "Create the namespace, or fix the name in the configuration of the services.",
                command: "aws servicediscovery list-namespaces"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let name = expectations.settings.namespace
        let names = try snapshot.namespaces.known().map(\.name)
        analysis.look(at: name) { analysis in
            if !names.contains(name) {
                analysis.found(
                    .missing(.aws(.namespace, name)),
                    name, "the namespace does not exist", expected: name,
                    got: names.isEmpty ? "no namespace" : names.sorted().joined(separator: ", "))
            }
        }
        return analysis
    }
}
