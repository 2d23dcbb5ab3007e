import CheckKit
import RunModel
import Settings

/// AWS-STS-04: what the configuration names lies in this account and region.
struct DeploymentPlaceCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.identity, .clusters, .loadBalancers, .databases]
    let passingNote = "the account and region hold what the configuration names"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-STS-04", "The configured resources lie in this account and region",
            intent: "An empty region looks like a lost deployment to every other check.",
            procedure:
                "Asks for the configured cluster, load balancers and database instance; one that exists is enough.",
            category: .credentials, phase: .setup, severity: .critical,
            risk: "Everything is reported missing, and nothing is known of the deployment.",
            remediation: Remediation(
                summary: "Set `aws.region` and the credentials to those of the deployment, or correct the names.",
                command: "aws ecs list-clusters --region REGION"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let place = DeploymentPlace(snapshot, expectations.settings)
        let account = (try? snapshot.identity.known().account) ?? "?"
        analysis.look(at: "\(expectations.settings.region) of account \(account)") { analysis in
            analysis.remarks = ["there: \(place.present.listed)", "not there: \(place.absent.listed)"]
            guard place.isEmpty else { return }
            analysis.found(
                .setting(Component(.identity), "region", .differs), "aws.region",
                "the region \(expectations.settings.region) of account \(account) holds nothing that the configuration names",
                expected: place.absent.joined(separator: ", "), got: "none of them")
        }
        return analysis
    }
}

/// What of the named resources exists where the run looks.
struct DeploymentPlace {
    private(set) var present: [String] = []
    private(set) var absent: [String] = []
    private var kinds = 0

    init(_ snapshot: AWSSnapshot, _ settings: AWSSettings) {
        if let clusters = snapshot.clusters?.answer {
            // A deleted cluster is listed for a while as INACTIVE.
            note("cluster", [settings.cluster], clusters.filter { $0.status != "INACTIVE" }.map(\.clusterName))
        }
        if let balancers = snapshot.loadBalancers?.answer {
            note("load balancer", settings.loadBalancers, balancers.map(\.loadBalancerName))
        }
        if let databases = snapshot.databases?.answer {
            note("database", [settings.databaseInstance], databases.map(\.dbInstanceIdentifier))
        }
    }

    private mutating func note(_ kind: String, _ names: [String], _ found: [String]) {
        if !names.isEmpty { kinds += 1 }
        for name in names {
            if found.contains(name) { present.append("\(kind) \(name)") } else { absent.append("\(kind) \(name)") }
        }
    }

    /// Whether resources of several kinds are named, and none of them exists.
    var isEmpty: Bool { present.isEmpty && kinds >= 2 }
}

extension AWSSnapshot {
    /// Where nothing exists that the configuration names, one check says so, and no other one can tell anything.
    ///
    /// - Throws: ``Stop`` as inconclusive.
    func requirePlace(_ expectations: AWSExpectations) throws {
        guard DeploymentPlace(self, expectations.settings).isEmpty else { return }
        throw Stop.inconclusive(
            .setting(Component(.identity), "region", .differs),
            "nothing that the configuration names exists in \(expectations.settings.region); see AWS-STS-04")
    }
}

extension Collected {
    /// The answer; nil for a refusal.
    var answer: Value? {
        if case .value(let value) = self { return value }
        return nil
    }
}

extension [String] {
    fileprivate var listed: String { isEmpty ? "nothing" : joined(separator: ", ") }
}
