import AWSClient

/// Takes all tasks of an ECS service away, and lets the service start them again afterwards.
public struct ServiceFault: FaultInjector {
    private let cluster: String
    private let service: String
    private let aws: AWSClient

    public init(cluster: String, service: String, aws: AWSClient) {
        self.cluster = cluster
        self.service = service
        self.aws = aws
    }

    public var summary: String { "service \(service) in cluster \(cluster) without tasks" }

    public func undoActions() async throws(FaultError) -> [UndoAction] {
        let found = try await described()
        guard found.desiredCount > 0, found.runningCount > 0 else {
            throw FaultError(
                .alreadyDisturbed, fault: summary,
                detail: "\(found.runningCount) tasks run, \(found.desiredCount) are wanted")
        }
        return [.setDesiredCount(.init(cluster: cluster, service: service, desiredCount: found.desiredCount))]
    }

    public func inject() async throws(FaultError) {
        do {
            _ = try await aws.call(ECS.updateService(cluster: cluster, service, desiredCount: 0))
        } catch {
            throw FaultError(.injectorFailed, fault: summary, detail: "\(error)")
        }
    }

    public func isInPlace() async throws(FaultError) -> Bool { try await described().desiredCount == 0 }

    private func described() async throws(FaultError) -> ECS.Service {
        do {
            let answer = try await aws.call(ECS.describeServices(cluster: cluster, [service]))
            if let found = answer.services.first { return found }
        } catch {
            throw FaultError(.injectorFailed, fault: summary, detail: "\(error)")
        }
        throw FaultError(.injectorFailed, fault: summary, detail: "there is no such service")
    }
}
