import RunModel
import Settings
import Testing

@testable import CheckKit
@testable import ValidationChecks

@Suite struct LegacyComponentTests {
    @Test("Every component of the legacy score that is an endpoint has the check that establishes it")
    func endpoints() throws {
        let configuration = try Configuration.parse("environment: e", path: "c", environment: [:])
        let rules = ServiceEndpoints().checks(for: configuration).compactMap { ($0 as? EndpointCheck)?.rule }
        let ecs: Set<LegacyComponent> = [.authService, .apiService, .mlflowService]
        #expect(Set(rules.compactMap(\.legacyComponent)) == Set(LegacyComponent.allCases).subtracting(ecs))
    }

    @Test(
        "Damage is no matter of names: only artifacts beyond ASCII that stay away point to their encoding",
        arguments: [
            ([("a.txt", ArtifactChange.content)], ArtifactChange.content),
            ([("ümläut.txt", .content)], .content), ([("ümläut.txt", .missing)], .nameEncoding),
            ([("ümläut.txt", .missing), ("a.txt", .content)], .content),
            ([("ümläut.txt", .missing), ("a.txt", .missing)], .missing),
        ])
    func artifacts(changed: [(String, ArtifactChange)], change: ArtifactChange) {
        var changes = ArtifactChanges()
        for (name, change) in changed { changes.note(change, of: name) }
        #expect(changes.symptom == .artifactChanged(change))
    }
}
