/// How much a failure of the check matters to the people who run the platform.
public enum Severity: String, CaseIterable, Sendable, Codable, Comparable {
    case low, medium, high, critical

    public static func < (left: Severity, right: Severity) -> Bool {
        (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }
}
