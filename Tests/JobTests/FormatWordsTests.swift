import Formats
import Foundation
import RunModel
import Secrets
import TestSupport
import Testing

@testable import Job

/// A password may be called as anything, also as a word that the journal is made of.
@Suite struct FormatWordsTests {
    private static func redactor(knowing value: String) -> Redactor {
        Redactor([Secret(name: "password", source: .environment("PASSWORD"), value: value)])
    }

    /// Names of fields, values of enumerations and texts of one word.
    private static func words(of json: Data) -> Set<String> {
        Set(String(decoding: json, as: UTF8.self).matches(of: #/"([A-Za-z_-]{4,})"/#).map { String($0.1) })
    }

    @Test func `the full result lacks nothing that a result can have`() {
        for field in Mirror(reflecting: JobFixture.fullResult).children {
            let isMissing =
                Mirror(reflecting: field.value).displayStyle == .optional
                && Mirror(reflecting: field.value).children.isEmpty
            #expect(!isMissing, "\(field.label ?? "")")
        }
    }

    @Test func `whatever word a password is, the journal can be read afterwards`() throws {
        var tried = 0
        for event in JournalTests.events {
            let entry = JournalEntry(seq: 1, at: JobFixture.start, event: event)
            let json = try JSON.data(entry)
            for word in Self.words(of: json).flatMap({ [$0, String($0.dropLast()), String($0.dropFirst())] }) {
                let masked = Self.redactor(knowing: word).redact(json: [UInt8](json), for: .journal)
                #expect(throws: Never.self, "password ‘\(word)’") {
                    try JSON.decode(JournalEntry.self, from: Data(masked.bytes))
                }
                tried += 1
            }
        }
        #expect(tried > 100)
    }

    @Test func `the values of the enumerations are words of the format`() {
        let values: [[String]] = [
            Status.allCases.map(\.rawValue), Severity.allCases.map(\.rawValue), Category.allCases.map(\.rawValue),
            Service.allCases.map(\.rawValue), Dependency.allCases.map(\.rawValue), SystemPart.allCases.map(\.rawValue),
            LegacyComponent.allCases.map(\.rawValue), Symptom.Kind.allCases.map(\.rawValue),
            Obstacle.Reason.allCases.map(\.rawValue), Ailment.State.allCases.map(\.rawValue),
            Component.Kind.allCases.map(\.rawValue), SettingProblem.Defect.allCases.map(\.rawValue),
            NoConnection.Manner.allCases.map(\.rawValue), Excess.Quantity.allCases.map(\.rawValue),
            Deviation.Aspect.allCases.map(\.rawValue), CertificateProblem.Defect.allCases.map(\.rawValue),
            ForeignError.Reason.allCases.map(\.rawValue), BreakerDefect.allCases.map(\.rawValue),
            ArtifactChange.allCases.map(\.rawValue), Loss.allCases.map(\.rawValue), Responder.allCases.map(\.rawValue),
            SuiteProblem.allCases.map(\.rawValue), Phase.allCases.map(\.name),
            Verification.Tool.allCases.map(\.rawValue), FailureMode.allCases.map(\.rawValue),
            FaultMoment.Kind.allCases.map(\.rawValue),
        ]
        for value in values.joined() where value.utf8.count >= Redactor.shortestValue {
            let redactor = Self.redactor(knowing: value)
            #expect(redactor.masked("a \(value) b") == "a \(value) b", "\(value)")
        }
    }

    @Test func `the names of fields in the plan of the whole catalogue are words of the format`() throws {
        let plan = JobFixture.plan(Catalogue.checks(for: try JobFixture.configuration()).map(\.descriptor))
        let json = String(decoding: try JSON.data(plan), as: UTF8.self)
        let names = Set(json.matches(of: #/"([A-Za-z_-]{4,})":/#).map { String($0.1) })
        #expect(names.count > 20)
        for name in names { #expect(Self.redactor(knowing: name).masked(name) == name) }
    }

    @Test func `the names of fields in the trace are words of the format`() async throws {
        try await withTemporaryDirectory { directory in
            let documents = try DocumentSet().render(
                RunRecordFixture.failing, of: RunDirectory(url: directory), baseline: nil, redactor: Redactor([]))
            let trace = String(decoding: try #require(documents["trace.json"]).bytes, as: UTF8.self)
            let names = Set(trace.matches(of: #/"([A-Za-z_-]{4,})":/#).map { String($0.1) })
            #expect(names.count > 10)
            for name in names { #expect(Self.redactor(knowing: name).masked(name) == name) }
        }
    }

    @Test func `a mark makes such a word a secret all the same`() {
        let redactor = Self.redactor(knowing: "mlflow")
        #expect(!redactor.masked("password=mlflow").contains("=mlflow"))
        #expect(!redactor.masked("postgresql://hokusai:mlflow@db/registry").contains(":mlflow@"))
        #expect(redactor.masked("MLflow runs") == "MLflow runs")
    }

    @Test func `a word that no format knows is masked`() {
        #expect(!Self.redactor(knowing: "swordfish").masked("it is swordfish").contains("swordfish"))
    }
}
