import TestSupport
import Testing

@testable import AWSChecks

@Suite struct DiscoveryAgreementTests {
    @Test(
        "Cloud Map and DNS disagree where one names an address that the other lacks",
        arguments: [
            (["10.0.1.7"], ["10.0.1.7"], nil), (["10.0.1.7"], ["10.0.1.8"], "10.0.1.8, which is not registered"),
            (["10.0.1.7", "10.0.1.8"], ["10.0.1.7"], "10.0.1.8 is registered and not in DNS"),
            ([], ["10.0.1.7"], "which is not registered"),
        ] as [([String], [String], String?)])
    func agreement(registered: [String], resolved: [String], word: String?) {
        let problem = DiscoveryAgreementCheck.disagreement(registered: Set(registered), resolved: Set(resolved))
        #expect((problem == nil) == (word == nil))
        guard let word else { return }
        #expect(problem?.contains(word) == true)
        let outcome = DiscoveryAgreementCheck.outcome(
            [.init(name: "api.internal", registered: Set(registered), resolved: .success(Set(resolved)))],
            vantage: "here")
        #expect(outcome.isFailure(of: "AWS-MAP-03", saying: word), "\(outcome)")
    }

    @Test("DNS answers eight addresses at most, so more that are registered are no disagreement") func manyInstances() {
        let registered = Set((1...12).map { "10.0.1.\($0)" })
        let resolved = Set((1...8).map { "10.0.1.\($0)" })
        #expect(DiscoveryAgreementCheck.disagreement(registered: registered, resolved: resolved) == nil)
    }
}
