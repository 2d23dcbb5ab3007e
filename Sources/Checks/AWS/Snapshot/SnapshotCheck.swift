import AWSClient
import Foundation
import RunModel

/// A check that is a pure function over the snapshot.
public protocol SnapshotCheck: Check {
    /// What it reads.
    var items: [AWSItem] { get }
    /// What to say when everything is as it should be.
    var passingNote: String { get }
    /// Looks at the snapshot. A thrown ``Stop`` ends it with that outcome.
    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis
}

extension SnapshotCheck {
    public func run(_ context: CheckContext) async throws -> Outcome {
        let snapshot = try await context.aws.snapshot(of: items, for: context)
        let analysis = try analyse(snapshot, try context.awsExpectations())
        for measurement in analysis.measurements { context.recorder.measure(measurement) }
        for (name, value) in analysis.facts { context.recorder.establish(name, value) }
        if !analysis.problems.isEmpty || !analysis.unknowns.isEmpty || !analysis.remarks.isEmpty {
            context.recorder.attach(Evidence("analysis of the AWS snapshot", text: analysis.report))
        }
        return analysis.outcome(passing: passingNote)
    }

    /// The outcome over a snapshot, without a run.
    public func outcome(over snapshot: AWSSnapshot, _ expectations: AWSExpectations) -> Outcome {
        do {
            return try analyse(snapshot, expectations).outcome(passing: passingNote)
        } catch let stop as Stop {
            return stop.outcome
        } catch {
            return .error("\(error)")
        }
    }

    /// The declaration of a check over the snapshot: its actions are those of its items.
    func declare(
        _ id: CheckID, _ title: String, intent: String, procedure: String? = nil, category: RunModel.Category = .aws,
        phase: Phase = .validation, severity: Severity = .medium, isCritical: Bool = false, needs: [Capability] = [],
        dependsOn: [CheckID] = ["AWS-STS-01"], risk: String, remediation: Remediation, documentation: String? = nil
    ) -> CheckDescriptor {
        CheckDescriptor(
            id: id, title: title, intent: intent,
            procedure: procedure
                ?? "Reads \(items.map(\.rawValue).joined(separator: ", ")) of the AWS snapshot; changes nothing.",
            category: category, phase: phase, severity: severity, isCritical: isCritical, needs: [.aws] + needs,
            dependsOn: dependsOn, deadline: .seconds(120), awsActions: AWSItem.actions(for: items), risk: risk,
            remediation: remediation, documentation: documentation)
    }
}

extension CheckContext {
    /// What the configuration expects of AWS.
    ///
    /// - Throws: ``Stop`` with `skipped` without an `aws` section.
    func awsExpectations() throws -> AWSExpectations {
        guard let settings = configuration.aws else { throw Stop.skipped("`aws` is not configured") }
        var expectations = AWSExpectations(
            settings: settings, environment: configuration.environment, isProduction: configuration.isProduction)
        let id = descriptor.id
        let thresholds = configuration.thresholds
        expectations.threshold = { thresholds["\(id).\($0)"] ?? $1 }
        expectations.runDeadline = configuration.limits.runDeadline
        for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] { expectations.regionVariables[name] = environment[name] }
        return expectations
    }
}
