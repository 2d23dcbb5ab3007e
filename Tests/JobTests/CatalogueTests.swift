import CheckKit
import Foundation
import Settings
import Testing

@testable import Job

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

    /// The proxy gives MLflow up after 30.06 s, when the key has been judged: a check that ends before sees only silence.
    @Test func `no check that asks MLflow through the API ends before the API's own limit`() throws {
        let configuration = try Configuration.parse("environment: test\n", path: "test.yaml", environment: [:])
        let early = Catalogue.checks(for: configuration).map(\.descriptor).filter { descriptor in
            // Discovery opens a connection and asks nothing.
            descriptor.needs.contains(.reach(.mlflow)) && descriptor.category != .discovery
                && descriptor.deadline < Patience.proxiedCheck
        }
        #expect(early.map(\.id) == [])
    }

    /// Everything that a family gives for some configuration only.
    private static let everything = """
        environment: test
        services: { api: "http://127.0.0.1:9", auth: "http://127.0.0.1:9", mlflow: "http://127.0.0.1:9" }
        suites:
          - name: unit
            command: [pytest]
            setup: [pip, install, pytest]
            junit: junit.xml
            cobertura: coverage.xml
        probes:
          - { name: shop, target: "https://shop.example.com/health", conditions: ["status == 200"] }
        """

    @Test func `no type that conforms to a check protocol is left out of the catalogue`() throws {
        let configuration = try Configuration.parse(Self.everything, path: "test.yaml", environment: [:])
        var known: Set<String> = []
        for list in Catalogue.lists {
            known.formUnion(list.families.map { Self.name(of: $0) })
            known.formUnion(list.checks(for: configuration).map { Self.name(of: $0) })
        }
        let conforming = try Self.conformances()
        #expect(conforming.count > 150)
        // What diagnosis asks once more in phase 4 is made from a question, and no part of the plan.
        let asked: Set = ["(extension in Job):Diagnosis.Question.Asked"]
        #expect(
            conforming.subtracting(known).subtracting(asked).sorted() == [], "declared, and in no list and no family")
        #expect(known.subtracting(conforming).sorted() == [])
    }

    /// `Module.Type`, without what tells private types and generic ones apart.
    private static func name(of value: any Sendable) -> String {
        String(reflecting: type(of: value)).replacing(/\(unknown context at [^)]*\)\./, with: "")
            .replacing(/<.*>/, with: "")
    }

    /// What `ci/conformances` reads from the product that was built with these tests.
    private static func conformances() throws -> Set<String> {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL
        let product = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "plumbline")
        let process = Process()
        let output = Pipe()
        process.executableURL = root.appending(path: "ci/conformances")
        process.arguments = [product.path]
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "ci/conformances ended with \(process.terminationStatus)")
        return Set(text.split(separator: "\n").map(String.init))
    }
}
