import RunModel

extension AWSSnapshotCollector {
    /// What is declared to have changed, beside what CloudTrail saw: a Terraform plan and a range of commits. They were
    /// named by a person or a pipeline, so all of them count, whatever the window.
    func declaredChanges() async -> ChangeRecord? {
        guard settings.changes.hasDeclaredSources else { return nil }
        let end = now()
        var changes: [Change] = []
        var gaps: [String] = []
        if let file = settings.changes.terraformPlan {
            let plan = TerraformPlanChanges.read(file: file)
            let repository = settings.changes.git?.repository
            changes += repository.map { TerraformSources(repository: $0).placed(plan.changes) } ?? plan.changes
            gaps += plan.gap.map { [$0] } ?? []
        }
        if let range = settings.changes.git {
            let log = await GitChanges.read(range)
            changes += log.changes
            gaps += log.gap.map { [$0] } ?? []
        }
        let moments = changes.map(\.at) + [end.addingTimeInterval(-settings.changes.window.seconds), end]
        return ChangeRecord.ordered(
            changes, from: moments.min() ?? end, to: moments.max() ?? end, eventsRead: changes.count, gaps: gaps)
    }
}
