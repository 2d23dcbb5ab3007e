import CheckKit
import RunModel

/// The ten classes of the original campaign's 67 tests (contract §6).
enum OriginalClass: String, CaseIterable {
    case mlflowCircuitBreaker = "TestMLflowCircuitBreaker"
    case globalCircuitBreaker = "TestGlobalCircuitBreaker"
    case circuitBreakerIntegration = "TestCircuitBreakerIntegration"
    case healthEndpointIntegration = "TestHealthEndpointIntegration"
    case healthEndpointScenarios = "TestHealthEndpointScenarios"
    case serviceLoadCapacity = "TestServiceLoadCapacity"
    case serviceCapacityLimits = "TestServiceCapacityLimits"
    case serviceFailureScenarios = "TestServiceFailureScenarios"
    case recoveryMechanisms = "TestRecoveryMechanisms"
    case failureIsolation = "TestFailureIsolation"

    var category: Category {
        switch self {
        case .mlflowCircuitBreaker, .globalCircuitBreaker, .circuitBreakerIntegration: .unit
        case .healthEndpointIntegration, .healthEndpointScenarios: .integration
        case .serviceLoadCapacity, .serviceCapacityLimits: .load
        case .serviceFailureScenarios, .recoveryMechanisms, .failureIsolation: .chaos
        }
    }
}

extension CheckDescriptor {
    /// One of the 67. Category and weight follow from its class: unit and integration are critical, load and chaos are not
    /// (contract §6.1).
    init(
        _ id: CheckID, _ original: OriginalClass, _ function: String, title: String, intent: String, procedure: String,
        severity: Severity = .medium, needs: [Capability] = [], dependsOn: [CheckID] = [],
        excludes: [Exclusion] = [.breaker], deadline: Duration = .seconds(60), risk: String, remedy: Remediation,
        expect: ByProfile<String>, titles: [DeploymentProfile: String] = [:],
        cautions: [DeploymentProfile: String] = [:]
    ) {
        self.init(
            id: id, title: title, intent: intent, procedure: procedure,
            original: OriginalTest(className: original.rawValue, function: function), category: original.category,
            phase: .coreTests, severity: severity,
            isCritical: [.unit, .integration].contains(original.category), needs: [.reach(.api)] + needs,
            dependsOn: dependsOn, excludes: excludes, deadline: deadline, risk: risk, remediation: remedy,
            expectations: expect.described { $0 }, titles: .byName(titles), cautions: .byName(cautions))
    }
}

extension Remediation {
    /// What to do where the breaker does not follow its table.
    static let breaker = Remediation(
        summary:
            "Correct the breaker's state machine to its table of transitions. A reset only hides the fault until the next outage."
    )
    static let breakerSettings = Remediation(
        summary:
            "Set the breaker's variables on the API's task definition; names without the MLFLOW_CB_ prefix have no effect.",
        command: "aws ecs describe-task-definition --task-definition \"$TASK_DEFINITION\""
            + " --query 'taskDefinition.containerDefinitions[].environment'",
        terraform: "environment = [{ name = \"MLFLOW_CB_FAILURE_THRESHOLD\", value = \"5\" }]")
    static let responseModel = Remediation(
        summary: "Let the response model of the health endpoints carry objects in `services`, not only text.")
    static let blocking = Remediation(
        summary:
            "Take dependency checks off the event loop (worker threads, short time-outs) so that they stall nobody.")
    static let mlflowDown = Remediation(
        summary: "Bring MLflow back: look at its service and at the address the API uses.",
        command: "curl -sS \"$API_URL/health/mlflow\" | jq '{connected, error, tracking_uri}'")
    static let capacity = Remediation(
        summary: "Look at CPU and memory of the API tasks under load; add tasks or take work off the event loop.",
        command: "aws cloudwatch get-metric-statistics --namespace AWS/ApplicationELB --metric-name TargetResponseTime"
            + " --statistics p95 --period 60 --start-time \"$START\" --end-time \"$END\"")
}
