import RunModel
import Sockets
import Testing

@testable import AWSChecks
@testable import ValidationChecks

@Suite struct DiscoveryTests {
    private let address = IPAddress("10.0.1.7").map { [$0] } ?? []

    private func outcome(found: [String] = [], missing: [String] = []) -> Outcome {
        DiscoveryNames.outcome(
            found: Dictionary(found.map { ($0, address) }) { $1 },
            missing: Dictionary(missing.map { ($0, "not found") }) { $1 }, vantage: "here")
    }

    @Test("Names that all resolve pass") func all() {
        #expect(outcome(found: ["mlflow.platform.local", "api.platform.local"]).status == .passed)
    }

    @Test("From outside, where no private name resolves, there is no verdict") func outside() {
        #expect(outcome(missing: ["mlflow.platform.local", "api.platform.local"]).status == .inconclusive)
    }

    @Test("Inside, where one resolves, another that does not is named as the failure") func inside() {
        let outcome = outcome(found: ["api.platform.local"], missing: ["mlflow.wrong.local"])
        #expect(outcome.status == .failed)
        #expect(outcome.message.contains("mlflow.wrong.local has no address"))
        #expect(!outcome.message.contains("api.platform.local"))
    }

    @Test("A public name must resolve from anywhere") func publicName() {
        #expect(outcome(missing: ["mlflow.example.com"]).status == .failed)
    }

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
        if let word { #expect(problem?.contains(word) == true) }
    }

    @Test("DNS answers eight addresses at most, so more that are registered are no disagreement") func manyInstances() {
        let registered = Set((1...12).map { "10.0.1.\($0)" })
        let resolved = Set((1...8).map { "10.0.1.\($0)" })
        #expect(DiscoveryAgreementCheck.disagreement(registered: registered, resolved: resolved) == nil)
    }
}
