/// How a suite of the team's own ended.
public enum SuiteProblem: String, CaseIterable, Sendable, Codable {
    case testsFailed = "tests-failed"
    case crashed
    case setup
    /// Fewer tests ran than there are.
    case incomplete
    /// A condition of a team's probe does not hold.
    case condition
}
