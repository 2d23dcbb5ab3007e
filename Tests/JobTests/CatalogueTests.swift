import Job
import Settings
import Testing

@Suite struct CatalogueTests {
    @Test("The catalogue of the validation phase is sound") func catalogue() throws {
        let configuration = try Configuration.parse("environment: test\n", path: "test.yaml", environment: [:])
        let descriptors = Catalogue.checks(for: configuration).map(\.descriptor)
        #expect(Catalogue.problems(of: descriptors) == [])
        let own = descriptors.filter { descriptor in
            ["SH-", "DB-", "ML-", "RG-", "AU-", "RD-"].contains { descriptor.id.rawValue.hasPrefix($0) }
        }
        #expect(own.count > 150)
        for descriptor in own {
            #expect(descriptor.title.isEmpty == false && descriptor.intent.isEmpty == false, "\(descriptor.id)")
            if descriptor.isCritical, descriptor.category != .registration {
                #expect(!descriptor.risk.isEmpty || !descriptor.remediation.summary.isEmpty, "\(descriptor.id)")
            }
        }
    }
}
