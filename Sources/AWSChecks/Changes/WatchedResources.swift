import RunModel
import Settings

/// Which resources belong to the deployment, by the names the configuration gives.
struct WatchedResources: Sendable {
    private let names: [String]
    /// Kinds whose resources have opaque identifiers: they are kept whatever they name.
    private static let opaque: Set<Change.Kind> = [
        .securityGroup, .network, .identity, .certificate, .discovery, .listenerRule, .image,
    ]

    init(_ settings: AWSSettings) {
        names =
            settings.ecsServices.values + settings.loadBalancers + settings.targetGroups + settings.buckets
            + settings.secrets + [settings.cluster, settings.databaseInstance, settings.namespace]
            + (settings.cacheCluster.map { [$0] } ?? [])
    }

    func contains(_ change: Change) -> Bool {
        if Self.opaque.contains(change.kind) { return true }
        if change.resources.isEmpty { return true }
        return change.resources.contains { resource in names.contains { resource.contains($0) } }
    }
}
