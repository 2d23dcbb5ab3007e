import TestSupport
import Testing

@testable import Settings

@Suite struct ConfigurationSchemaTests {
    @Test("The schema names every section that is read, and none that is not")
    func namesSections() throws {
        for name in try SchemaCheck(named: "configuration").names where name != "environment" {
            #expect(!Self.isUnknown(name), "\(name) is not read")
        }
        #expect(Self.isUnknown("nonsense"))
    }

    private static func isUnknown(_ name: String) -> Bool {
        do {
            _ = try Configuration.parse("environment: test\n\(name):\n", path: "test.yaml", environment: [:])
            return false
        } catch {
            return error.problems.contains { "\($0)".contains("unknown key") }
        }
    }
}
