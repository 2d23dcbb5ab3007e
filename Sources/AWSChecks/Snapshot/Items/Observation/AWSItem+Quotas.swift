import AWSClient

extension AWSItem {
    /// What AWS allows the account of what the platform uses up.
    public static let quotas = AWSItem("quotas", at: \.quotas, actions: ["servicequotas:GetServiceQuota"]) {
        collector, _ in
        await collector.each(WatchedQuota.all.map(\.code)) { (code) async throws(AWSError) -> Double in
            let service = WatchedQuota.all.first { $0.code == code }?.service ?? ""
            let operation = ServiceQuotas.getServiceQuota(service: service, quota: code)
            guard let value = try await collector.client.call(operation).quota.value else {
                throw AWSError(
                    .malformedAnswer, operation: operation.label, message: "the quota \(code) has no value",
                    action: operation.action)
            }
            return value
        }
    }
}

extension AWSSnapshot {
    /// By code.
    public var quotas: [String: Collected<Double>] {
        get { self[table: .quotas] }
        set { self[table: .quotas] = newValue }
    }
}
