import Formats
import RunModel
import Testing

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
}
