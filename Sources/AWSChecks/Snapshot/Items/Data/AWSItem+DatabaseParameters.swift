import AWSClient

extension AWSItem {
    /// What the parameter groups of the configured instance set for the parameters that checks read.
    public static let databaseParameters = AWSItem(
        "databaseParameters", at: \.databaseParameters, actions: ["rds:DescribeDBParameters"], from: [.databases]
    ) { collector, snapshot in
        let groups = (snapshot.databases?.answer ?? []).flatMap {
            $0.dbParameterGroups.compactMap(\.dbParameterGroupName)
        }
        return await collector.each(Set(groups).sorted()) { (group) async throws(AWSError) -> [String: String] in
            let parameters = try await collector.client.all(RDS.describeDBParameters(group)) { $0.parameters }
            let known = parameters.filter { ["max_connections"].contains($0.parameterName) }
            return Dictionary(known.map { ($0.parameterName, $0.parameterValue ?? "") }, uniquingKeysWith: { $1 })
        }
    }
}

extension AWSSnapshot {
    /// By parameter group, then parameter: a number, or a formula of the instance class.
    public var databaseParameters: [String: Collected<[String: String]>] {
        get { self[table: .databaseParameters] }
        set { self[table: .databaseParameters] = newValue }
    }
}
