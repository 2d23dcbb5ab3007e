import AWSClient
import CheckKit
import Foundation
import RunModel

/// A check that is a pure function over the snapshot.
public protocol SnapshotCheck: Check {
    /// What it reads.
    var items: [AWSItem] { get }
    /// What to say when everything is as it should be.
    var passingNote: String { get }
    /// Whether the check says itself what a refused call means, as those about the credentials do. Every other check is
    /// inconclusive when AWS did not answer for something that it reads.
    var judgesRefusals: Bool { get }
    /// Whether each resource is judged by itself: what is wrong with one stays wrong when AWS did not answer for another one.
    var judgesEachAlone: Bool { get }
    /// Looks at the snapshot. A thrown ``Stop`` ends it with that outcome.
    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis
}

extension SnapshotCheck {
    public var judgesRefusals: Bool { false }
    public var judgesEachAlone: Bool { false }

    public func run(_ context: CheckContext) async throws -> Outcome { try await examine(context) }

    /// Collects what the check reads, and looks at it.
    func examine(_ context: CheckContext) async throws -> Outcome {
        let expectations = try context.awsExpectations()
        let isAboutCredentials = descriptor.category == .credentials
        let snapshot = try await context.awsStore().snapshot(
            of: isAboutCredentials ? items : items + [.identity], for: context)
        if !isAboutCredentials { try snapshot.requireAccount(expectations.settings.account) }
        let analysis = try decision(over: snapshot, expectations)
        analysis.record(in: context.recorder, naming: snapshot, expectations)
        // What one of several items hid is not told apart: none of them counts as read then.
        let isRead = analysis.unknowns.isEmpty
        for item in items {
            context.recorder.touch(
                .init(
                    .vantage, .reads, Component(.aws, item.rawValue), passed: isRead ? 1 : 0, failed: isRead ? 0 : 1))
        }
        return analysis.outcome(passing: passingNote)
    }

    /// The outcome over a snapshot, without a run.
    public func outcome(over snapshot: AWSSnapshot, _ expectations: AWSExpectations) -> Outcome {
        outcome(over: snapshot, expectations, recorder: Recorder())
    }

    /// The outcome over a snapshot, without a run; evidence, measurements and facts go to the recorder.
    public func outcome(
        over snapshot: AWSSnapshot, _ expectations: AWSExpectations, recorder: Recorder
    ) -> Outcome {
        do {
            let analysis = try decision(over: snapshot, expectations)
            analysis.record(in: recorder, naming: snapshot, expectations)
            return analysis.outcome(passing: passingNote)
        } catch let stop as Stop {
            return stop.outcome
        } catch {
            return .error("\(error)")
        }
    }

    /// What the check finds in the part of the snapshot that it declares; what AWS did not answer of that decides first.
    func decision(over snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        if descriptor.category != .credentials { try snapshot.requirePlace(expectations) }
        let declared = AWSItem.closure(of: items)
        let refusals = judgesRefusals ? Refusals() : snapshot.refusals(of: declared)
        var analysis: Analysis
        do {
            analysis = try analyse(snapshot.limited(to: declared + [.identity]), expectations.deciding(descriptor.id))
        } catch is Stop where !refusals.isEmpty {
            analysis = Analysis()
        }
        guard !refusals.isEmpty else { return analysis }
        if !judgesEachAlone || refusals.isWhole || analysis.problems.isEmpty { analysis.withhold(because: refusals) }
        return analysis
    }

    /// The declaration of a check over the snapshot: its actions are those of its items. A critical severity closes the gate, unless
    /// the configuration says otherwise.
    func declare(
        _ id: CheckID, _ title: String, intent: String, procedure: String? = nil, category: RunModel.Category = .aws,
        phase: Phase = .validation, severity: Severity = .medium, isCritical: Bool = false, needs: [Capability] = [],
        dependsOn: [CheckID] = ["AWS-STS-01"], risk: String, remediation: Remediation, documentation: String? = nil
    ) -> CheckDescriptor {
        CheckDescriptor(
            id: id, title: title, intent: intent,
            procedure: procedure
                ?? "Reads \(items.map(\.rawValue).joined(separator: ", ")) of the AWS snapshot; changes nothing.",
            category: category, phase: phase, severity: severity,
            isCritical: isCritical || severity == .critical, needs: [.aws] + needs,
            dependsOn: dependsOn, deadline: .seconds(120), awsActions: AWSItem.actions(for: items), risk: risk,
            remediation: remediation, documentation: documentation)
    }
}

extension AWSSnapshot {
    /// What another account answers says nothing of the deployment, however alike the names are.
    ///
    /// - Throws: ``Stop`` as inconclusive when the credentials belong to another account than the expected one, or what answers does not say.
    func requireAccount(_ expected: String?) throws {
        guard let expected else { return }
        switch identity {
        case .value(let caller) where caller.account != expected:
            throw Stop.inconclusive(
                .setting(Component(.identity), "account", .differs),
                "the credentials belong to account \(caller.account), not to \(expected): what it answers says nothing of the deployment"
            )
        case .failed(let error) where error.kind == .malformedAnswer:
            throw Stop.inconclusive(
                .obstacle(.hidden, of: Component(.identity)),
                "what answers does not say whose account it is, so nobody can tell whether it is \(expected)")
        // Where STS alone cannot be reached, the others may still be the right ones.
        case .value, .failed, nil: return
        }
    }
}

extension CheckContext {
    /// What AWS says, collected once for all checks of the run.
    ///
    /// - Throws: ``Stop`` as inconclusive where the run keeps none.
    func awsStore() throws -> AWSSnapshotStore {
        guard let store = services[AWSSnapshotStore.self] else {
            throw Stop.inconclusive(.obstacle(.notCollected, of: Component(.aws)), "this run collects nothing of AWS")
        }
        return store
    }

    /// What the configuration expects of AWS.
    ///
    /// - Throws: ``Stop`` with `skipped` without an `aws` section.
    func awsExpectations() throws -> AWSExpectations {
        guard let expectations = AWSExpectations(services.configuration, environment: services.environment) else {
            throw Stop.skipped("`aws` is not configured")
        }
        return expectations
    }
}

extension Analysis {
    /// The resources that the problems name: what a change on one of them may be behind. Many problems name more than helps.
    private func named(in snapshot: AWSSnapshot, _ expectations: AWSExpectations) -> [Component] {
        guard !problems.isEmpty else { return [] }
        let resources = PlatformResources(expectations, snapshot: snapshot)
        return problems.prefix(5).reduce(into: Set<Component>()) { found, problem in
            for text in [problem.resource, problem.message, problem.got] { found.formUnion(resources.named(in: text)) }
        }.subtracting(problems.compactMap(\.symptom.component)).sorted()
    }

    /// Hands over what was found besides the outcome.
    fileprivate func record(in recorder: Recorder, naming snapshot: AWSSnapshot, _ expectations: AWSExpectations) {
        for measurement in measurements { recorder.measure(measurement) }
        for (name, value) in facts { recorder.establish(name, value) }
        for component in problems.compactMap(\.symptom.component) + named(in: snapshot, expectations) {
            recorder.touch(.init(.vantage, .reads, component, failed: 1))
        }
        // A call about one of several problems would call all of them gone.
        if problems.count == 1, let question = problems[0].question {
            let verification = question.verification(expectations.settings)
            recorder.reproduce(with: verification.command)
            recorder.verify(with: verification)
        }
        if !problems.isEmpty || !unknowns.isEmpty || !remarks.isEmpty || seen > 0 {
            recorder.attach(Evidence("analysis of the AWS snapshot", text: report))
        }
    }
}
