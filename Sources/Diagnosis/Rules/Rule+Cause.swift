import RunModel

extension Rule {
    /// Whether its words fit a cause: it speaks of this way to fail, at the component or at one of the setting's two ends.
    func speaks(of cause: Cause) -> Bool {
        guard let modes = Self.modes[id] else {
            return (cause.about == nil || cause.mode == .misrouted) && cause.mode != .blocked
        }
        if let about = cause.about, let own = Self.subjects[id], about != own { return false }
        return modes.contains(cause.mode)
    }

    /// Whose credentials or addresses a rule speaks of.
    private static let subjects: [String: Component] = [
        "auth-service-id-wrong": .auth, "database-password-drift": .database, "database-wrong-user": .database,
        "database-missing": .database, "mlflow-name-unresolved": .mlflow, "mlflow-urls-differ": .mlflow,
    ]

    /// Whether it knows a defect by its own signs, one that no outage of another component brings about.
    var isOfDefect: Bool { Self.modes[id] == nil && !Self.general.contains(id) }

    /// Signs of an outage, or of several.
    private static let general: Set<String> = [
        "certificate-untrusted", "mlflow-certificate", "name-unresolved", "resource-missing",
        "database-instance-missing",
        "targets-unhealthy", "task-unhealthy", "service-tasks-missing", "image-outdated", "image-architecture",
        "auth-routed-to-registry", "proxy-routed-to-mlflow", "queue-fallback",
    ]

    /// The rules that name one way to fail; of the others the symptom alone decides.
    private static let modes: [String: Set<FailureMode>] = [
        "auth-service-down": [.stopped],
        "auth-service-id-wrong": [.misconfigured, .refused, .expired],
        "database-password-drift": [.refused, .misconfigured],
        "database-wrong-user": [.refused, .misconfigured],
        "database-missing": [.missing, .misconfigured],
        "database-silent": [.blocked],
        "database-refuses": [.stopped],
        "database-connections-exhausted": [.exhausted],
        "mlflow-down": [.stopped],
        "mlflow-blocked-by-network": [.blocked],
        "mlflow-name-unresolved": [.unresolved, .misconfigured],
        "mlflow-urls-differ": [.misconfigured],
        "no-healthy-target": [.stopped],
        "service-silent": [.blocked],
        "service-refuses": [.stopped],
        "redis-unreachable": [.stopped],
        "protocol-mismatch": [.garbage, .misconfigured],
    ]
}
