import Formats
import Foundation
import RunModel
import Testing

/// How symptoms and paths are written and read.
@Suite struct SymptomTests {
    static let examples: [Symptom] = [
        .noConnection(NoConnection(.api, at: "api.localhost:8001", .refused)),
        .certificate(.auth, at: "auth.localhost", .expired),
        .answer(HTTPAnswer(.mlflow, path: "/api/mlflow/health", status: 502, by: .proxy, says: "no \"MLflow\"")),
        .error(ForeignError(.database, .authentication, code: "28P01", says: "refused")),
        .report(by: .api, ForeignError(.redis, .timedOut, says: "timeout")),
        .deviation(.mlflow, .readBack, ["name"]),
        .misrouted(.registry, path: "/mlflow", expected: .mlflow, got: .api),
        .permissionDenied(action: "ecs:DescribeServices"),
        .missing(.aws(.databaseInstance, "hokusai:mlflow")),
        .ailment(.aws(.targetGroup, "api"), .targetUnhealthy, says: "Target.Timeout"),
        .setting(.aws(.bucket, "artifacts"), "LifecycleConfiguration", .expiry),
        .excess(.api, .time, path: "/health"), .breaker(.constantBackOff), .lost(.body),
        .artifactChanged(.content), .eventLoopBlocked(.api), .exposed(.redis, .withoutPassword),
        .networkBlock(.aws(.flow, "api>database"), .rule), .ruleOrder(.aws(.listenerRule, "alb:443")),
        .changed(.aws(.secret, "password")), .suite(.testsFailed), .runLacks(.setting("KEY")),
        .obstacle(.hidden, of: .breaker),
    ]

    @Test("Every symptom survives its JSON, which names its members and numbers none", arguments: examples)
    func coding(symptom: Symptom) throws {
        let text = try JSON.text(symptom)
        #expect(try JSON.decode(Symptom.self, from: Data(text.utf8)) == symptom)
        #expect(text.contains("\"kind\":\"\(symptom.kind.rawValue)\""))
        #expect(!text.contains("\"_0\""))
        #expect(Symptom.names.contains(symptom.name))
    }

    @Test("There is an example of every case")
    func examplesAreComplete() {
        #expect(Set(Self.examples.map(\.kind)).union([.unrecorded]) == Set(Symptom.Kind.allCases))
        #expect(Set(Symptom.names).count == Symptom.names.count)
    }

    @Test("The spelling of a symptom in the journal does not change")
    func spelling() throws {
        #expect(
            try JSON.text(Self.examples[0])
                == #"{"component":"service:api","kind":"no-connection","manner":"refused","place":"api.localhost:8001"}"#
        )
        #expect(
            try JSON.text(Self.examples[4])
                == #"{"code":"","component":"redis","kind":"report","reason":"timed-out","reporter":"service:api","says":"timeout"}"#
        )
    }

    @Test(
        "A failed or inconclusive outcome of a journal that kept no symptoms is read as unrecorded, and written without"
    )
    func olderJournals() throws {
        for text in [
            #"{"expected":"e","got":"g","message":"m","status":"failed"}"#, #"{"message":"m","status":"inconclusive"}"#,
        ] {
            let outcome = try JSON.decode(Outcome.self, from: Data(text.utf8))
            #expect(outcome.symptom == .unrecorded)
            #expect(try JSON.text(outcome) == text)
        }
    }

    @Test("An edge that is used again is counted, and one that never held is broken")
    func paths() throws {
        var path = Path([.call(.vantage, .api, held: true), .call(.api, .mlflow, held: false)])
        path.add(.call(.vantage, .api, held: true))
        #expect(path.edges.map(\.passed) == [2, 0])
        #expect(path.components == [.vantage, .api, .mlflow])
        #expect(path.broken.map(\.to) == [.mlflow])
        #expect(try JSON.decode(Path.self, from: try JSON.data(path)) == path)
    }

    @Test("A check's needs declare its path")
    func declaredPaths() {
        var descriptor = CheckDescriptor(id: "X", title: "x", category: .mlflow, phase: .validation)
        descriptor.needs = [.reach(.mlflow), .key(.api), .writes]
        #expect(Path.declared(by: descriptor).components == [.vantage, .api, .mlflow])
        descriptor.needs = [.faults(.postgres)]
        #expect(Path.declared(by: descriptor).components == [.vantage, .api, .database])
        #expect(Path.declared(by: descriptor).edges.allSatisfy { !$0.isObserved })
    }

    @Test(
        "Addresses of one place are one text",
        arguments: [
            ("http://API.localhost:8001/health?x=1", "api.localhost:8001"), ("https://api.example", "api.example"),
            ("mlflow@127.0.0.1:5432/mlflow_db", "127.0.0.1:5432"), ("redis:6379", "redis:6379"), ("http://", nil),
        ] as [(String, String?)])
    func places(address: String, place: String?) {
        #expect(Place.text(of: address) == place)
    }

    @Test("A capability is spelt as before, and one of another version stays what it is")
    func capabilities() {
        for text in ["reach:mlflow-direct", "key:reader", "faults:postgres", "writes", "load", "launch", "aws"] {
            #expect(Capability(rawValue: text).rawValue == text)
            if case .unknown = Capability(rawValue: text) { Issue.record("\(text) is unknown") }
        }
        #expect(Capability(rawValue: "reach:mlfow") == .unknown("reach:mlfow"))
    }

    @Test("A component keeps a name with colons, and one of another version its text")
    func components() {
        for text in ["target-group:a:b", "database", "service:mlflow", "future:thing"] {
            #expect(Component(rawValue: text).rawValue == text)
        }
        #expect(Component(rawValue: "future:thing").kind == .unknown)
    }
}
