import RunModel

extension AWSItem {
    /// What a Terraform plan and commits say was changed.
    public static let declaredChanges = AWSItem("declaredChanges", at: \.declaredChanges) { collector, _ in
        await collector.declaredChanges()
    }
}

extension AWSSnapshot {
    /// Nil where neither is configured.
    public var declaredChanges: ChangeRecord? {
        get { self[.declaredChanges] }
        set { self[.declaredChanges] = newValue }
    }
}
