/// The behaviour of a deployment, found out by fingerprint and never assumed (contract §0.1).
public enum DeploymentProfile: String, CaseIterable, Sendable, Codable {
    /// The state of the original campaign, 2025-08-06.
    case a = "A"
    /// The states between, up to 2026-04-07.
    case m = "M"
    /// The current state, locked down.
    case b = "B"
    /// The contract as it was meant: every documented property holds.
    case fixed

    /// The check that finds the profile out.
    public static let fingerprint: CheckID = "SD-01"
}
