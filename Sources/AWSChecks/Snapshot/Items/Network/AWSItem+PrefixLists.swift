import AWSClient

extension AWSItem {
    /// The address ranges of the prefix lists that security groups name.
    public static let prefixLists = AWSItem(
        "prefixLists", at: \.prefixLists, actions: ["ec2:GetManagedPrefixListEntries"], from: [.securityGroups]
    ) { collector, snapshot in
        let groups = (try? snapshot.securityGroups.known()) ?? []
        let ids = Set(
            groups.flatMap { group in
                (group.ipPermissions + group.ipPermissionsEgress).flatMap { $0.prefixListIds.map(\.prefixListId) }
            })
        return await collector.each(ids.sorted()) { (id) async throws(AWSError) -> [String] in
            try await collector.client.all(EC2.prefixListEntries(id)) { $0.entrySet.map(\.cidr) }
        }
    }
}

extension AWSSnapshot {
    /// Address ranges by prefix list.
    public var prefixLists: [String: Collected<[String]>] {
        get { self[table: .prefixLists] }
        set { self[table: .prefixLists] = newValue }
    }
}
