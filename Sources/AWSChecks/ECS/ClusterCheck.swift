import CheckKit
import RunModel

/// AWS-ECS-13: the cluster exists, is active and reports its figures.
struct ClusterCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.clusters]
    let passingNote = "the cluster is active with Container Insights"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ECS-13", "The ECS cluster is active and has Container Insights",
            intent: "Without Container Insights memory and restarts leave no figures.", severity: .high,
            risk: "No service runs, or nobody can tell how.",
            remediation: Remediation(
                summary: "Create the cluster or switch Container Insights on.",
                command:
                    "aws ecs update-cluster-settings --cluster CLUSTER --settings name=containerInsights,value=enabled")
        )
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let name = expectations.settings.cluster
        let clusters = try snapshot.clusters.known()
        analysis.look(at: name) { analysis in
            guard let cluster = clusters.first(where: { $0.clusterName == name }) else {
                analysis.found(
                    .missing(.aws(.cluster, name)),
                    name, "the cluster does not exist", expected: "an active cluster", got: "none of that name")
                return
            }
            if cluster.status != "ACTIVE" {
                analysis.found(
                    .ailment(.aws(.cluster, name), .state, says: cluster.status ?? ""),
                    name, "the cluster is \(cluster.status ?? "?")", expected: "ACTIVE", got: cluster.status ?? "?")
            }
            let insights = cluster.settings.first { $0.name == "containerInsights" }?.value ?? "disabled"
            if insights == "disabled" {
                analysis.found(
                    .setting(.aws(.cluster, name), "containerInsights", .differs), name, "Container Insights is off",
                    expected: "enabled or enhanced", got: insights)
            }
        }
        return analysis
    }
}
