/// Where faults may be injected at all.
public struct FaultPolicy: Hashable, Sendable {
    var environment: String
    var isProduction: Bool
    /// Dependencies that may be broken although the environment is marked production.
    var allowedInProduction: Set<String>
    /// Whether the run was given leave: `--allow faults`.
    var isAllowed: Bool

    public init(environment: String, isProduction: Bool, allowedInProduction: Set<String>, isAllowed: Bool) {
        self.environment = environment
        self.isProduction = isProduction
        self.allowedInProduction = allowedInProduction
        self.isAllowed = isAllowed
    }

    /// Why the dependency must not be broken; nil when it may.
    public func refusal(of dependency: String) -> String? {
        if isProduction && !allowedInProduction.contains(dependency) {
            return "the environment ‘\(environment)’ is marked production and"
                + " `faults.allowed_in_production` does not list \(dependency)"
        }
        if !isAllowed { return "the run has no permission to inject faults (`--allow faults`)" }
        return nil
    }
}
