import CheckKit
import MLflowClient
import RunModel

/// A check of MLflow's interface through the API's proxy. Families make it.
struct MLflowCheck {
    var id: CheckID
    var title: String
    var intent: String
    var procedure: String
    var severity = Severity.medium
    var isCritical = false
    /// Creates things on the target.
    var writes = false
    var needsDirect = false
    /// The part of the platform that it is about, where a deployment may be without.
    var part: SystemPart?
    var dependsOn: [CheckID] = ["ML-01"]
    var deadline = Duration.seconds(60)
    var risk = ""
    var remediation = Remediation()
    var examine: @Sendable (CheckContext) async throws -> Outcome
}

extension MLflowCheck: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: id, title: title, intent: intent, procedure: procedure, category: .mlflow, phase: .validation,
            severity: severity, isCritical: isCritical,
            needs: [.reach(.mlflow), .key(.api)] + (writes ? [.writes] : [])
                + (needsDirect ? [.reach(.mlflowDirect)] : []) + (part.map { [.part($0)] } ?? []),
            dependsOn: dependsOn, deadline: deadline, risk: risk, remediation: remediation)
    }

    func run(_ context: CheckContext) async throws -> Outcome { try await examine(context) }
}
