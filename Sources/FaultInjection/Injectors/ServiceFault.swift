import AWSClient
import UndoLog

/// Takes all tasks of an ECS service away, and lets the service start them again afterwards.
public struct ServiceFault: FaultInjector {
    private let cluster: String
    private let account: String?
    private let region: String
    private let service: String
    private let aws: AWSClient

    /// - Parameters:
    ///   - account: the configured account; the fault is refused in any other.
    ///   - region: the configured region.
    public init(cluster: String, account: String?, region: String, service: String, aws: AWSClient) {
        self.cluster = cluster
        self.account = account
        self.region = region
        self.service = service
        self.aws = aws
    }

    public var summary: String { "service \(service) in cluster \(cluster) without tasks" }

    public func undoActions() async throws(FaultError) -> [UndoAction] {
        let found = try await described(in: try await verified())
        guard found.desiredCount > 0, found.runningCount > 0 else {
            throw FaultError(
                .alreadyDisturbed, fault: summary,
                detail: "\(found.runningCount) tasks run, \(found.desiredCount) are wanted")
        }
        return [.setDesiredCount(.init(cluster: cluster, service: service, desiredCount: found.desiredCount))]
    }

    public func inject() async throws(FaultError) {
        let cluster = try await verified()
        do {
            _ = try await aws.call(ECS.updateService(cluster: cluster.name, service, desiredCount: 0))
        } catch {
            throw FaultError(.injectorFailed, fault: summary, detail: "\(error)")
        }
    }

    public func isInPlace() async throws(FaultError) -> Bool {
        try await described(in: try await verified()).desiredCount == 0
    }

    private func verified() async throws(FaultError) -> VerifiedCluster {
        try await VerifiedCluster(cluster, account: account, region: region, aws: aws, for: summary)
    }

    private func described(in cluster: VerifiedCluster) async throws(FaultError) -> ECS.Service {
        do {
            let answer = try await aws.call(ECS.describeServices(cluster: cluster.name, [service]))
            if let found = answer.services.first { return found }
        } catch {
            throw FaultError(.injectorFailed, fault: summary, detail: "\(error)")
        }
        throw FaultError(.injectorFailed, fault: summary, detail: "there is no such service")
    }
}
