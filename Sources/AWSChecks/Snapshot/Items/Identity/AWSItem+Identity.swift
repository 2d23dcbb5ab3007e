import AWSClient

extension AWSItem {
    /// Who asks.
    public static let identity = AWSItem("identity", at: \.identity, actions: ["sts:GetCallerIdentity"]) {
        collector, _ in
        await Collected.from { () async throws(AWSError) -> STS.CallerIdentity in
            try await collector.client.call(STS.getCallerIdentity())
        }
    }
}

extension AWSSnapshot {
    public var identity: Collected<STS.CallerIdentity>? {
        get { self[.identity] }
        set { self[.identity] = newValue }
    }
}
