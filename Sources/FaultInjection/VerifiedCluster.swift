import AWSClient

/// A cluster that AWS itself says is in the configured account and region. Asking is the only way to get one, and nothing is
/// stopped or started in ECS without one.
public struct VerifiedCluster: Hashable, Sendable {
    /// As configured.
    public let name: String
    let account: String

    /// Asks whose the credentials are and where the cluster is, and compares both with the configuration.
    ///
    /// - Parameters:
    ///   - cluster: name or ARN.
    ///   - account: the configured `aws.account`; without one nothing can be verified.
    ///   - fault: what is about to be done, for the refusal.
    /// - Throws: ``FaultError`` `refused` with what does not match.
    public init(
        _ cluster: String, account: String?, region: String, aws: AWSClient, for fault: String
    ) async throws(FaultError) {
        guard let account else {
            throw FaultError(
                .refused, fault: fault,
                detail: "`aws.account` is not configured, so nobody can tell that this is the right account; add it")
        }
        let caller: STS.CallerIdentity
        let clusters: ECS.Clusters
        do {
            caller = try await aws.call(STS.getCallerIdentity())
            guard caller.account == account else {
                throw FaultError(
                    .refused, fault: fault,
                    detail: "`aws.account` is \(account), but the credentials belong to account \(caller.account)"
                        + " (\(caller.arn)); use credentials of the configured account")
            }
            clusters = try await aws.call(ECS.describeClusters([cluster]))
        } catch let error as FaultError {
            throw error
        } catch {
            throw FaultError(.refused, fault: fault, detail: "account and cluster could not be verified: \(error)")
        }
        guard let found = clusters.clusters.first, found.status == "ACTIVE", let arn = found.clusterArn else {
            throw FaultError(
                .refused, fault: fault,
                detail: "account \(account) has no active cluster \(cluster) in \(region); check `aws.cluster`")
        }
        // arn:aws:ecs:region:account:cluster/name
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        let expected = "\(region):\(account):cluster/\(cluster.split(separator: "/").last ?? "")"
        guard parts.count == 6, parts[3...].joined(separator: ":") == expected else {
            throw FaultError(
                .refused, fault: fault, detail: "expected a cluster …:\(expected), AWS describes \(arn)")
        }
        self.name = cluster
        self.account = account
    }
}
