import RunModel
import Testing

@testable import ValidationChecks

@Suite struct ProfileFingerprintTests {
    /// Marks of deployments whose pages with dependencies hang, and which profile they still show.
    @Test(
        arguments: [
            (["live": "401", "alb": "404"], [.a]),
            (["live": "200", "alb": "200", "services": "constant"], [.b]),
            (["live": "200", "alb": "200", "client-view": "checks"], [.m]),
            (["live": "200", "alb": "200", "client-view": "one call", "services": "dependencies"], [.fixed]),
            (["live": "200", "alb": "200"], [.m, .b, .fixed]),
            (["live": "200", "alb": "404", "services": "constant"], []), (["services": "constant"], []), ([:], []),
        ] as [([String: String], [DeploymentProfile])])
    func `a mark that was not seen speaks against no profile`(marks: [String: String], profiles: [DeploymentProfile]) {
        #expect(Set(ProfileFingerprint.fitting(marks)) == Set(profiles))
    }
}
