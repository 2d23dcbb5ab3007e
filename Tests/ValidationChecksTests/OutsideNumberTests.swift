import CheckKit
import Formats
import Foundation
import HTTPClient
import Logging
import PostgresClient
import RunModel
import Settings
import TestSupport
import Testing
import UndoLog

@testable import ValidationChecks

@Suite struct OutsideNumberTests {

    private static func database(_ question: DatabaseQuestion, _ rows: [String?]) async throws -> Double? {
        try await judged(question.descriptor) { try question.judge(PostgresRows(columns: [], rows: [rows]), $0) }
    }

    private static func judged(
        _ descriptor: CheckDescriptor, _ judge: (CheckContext) throws -> Outcome
    ) async throws -> Double? {
        try await withTemporaryDirectory { directory in
            let configuration = try Configuration.parse("environment: staging\n", path: "test.yaml", environment: [:])
            let (log, http) = (UndoLog(path: directory.path + "/undo.jsonl"), HTTPClient())
            let services = RunServices(
                configuration: configuration, runID: RunID(rawValue: "run"), http: http, undoLog: log,
                undoReplay: UndoReplay(log: log, performer: UndoPerformer(transport: http, permission: { _ in nil })),
                environment: [:],
                vantage: "test")
            let context = CheckContext(
                services: services, descriptor: descriptor, facts: [:], recorder: Recorder(),
                log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            return try judge(context).status == .passed ? 1 : nil
        }
    }

    static let readers: [NumberReader] = [
        NumberReader("the connections of PostgreSQL") {
            try await database(DatabaseHealth.capacity, [$0, "100", "0"])
        },
        NumberReader("the largest number of connections", accepts: ["1e300", "9223372036854775808", "1e19"]) {
            try await database(DatabaseHealth.capacity, ["10", $0, "0"])
        },
        NumberReader("the size of the database") {
            try await database(DatabaseHealth.size, [$0, "none"])
        },
        NumberReader("the checksum failures") {
            try await database(DatabaseHealth.integrity, ["0", $0, "0"])
        },
        NumberReader("the version of PostgreSQL") { try await database(DatabaseSchema.version, [$0]) },
        NumberReader("the memory of Redis", accepts: ["1e300", "9223372036854775808", "1e19"]) { text in
            try await judged(DatabaseSchema.version.descriptor) {
                try RedisHealth.judge(["used_memory": text, "maxmemory": "0"], ["evicted_keys": "0"], $0)
            }
        },
        NumberReader("the limit of Redis", accepts: ["1e300", "9223372036854775808", "1e19"]) { text in
            try await judged(DatabaseSchema.version.descriptor) {
                try RedisHealth.judge(["used_memory": "1", "maxmemory": text], ["evicted_keys": "0"], $0)
            }
        },
        NumberReader("the evictions of Redis") { text in
            try await judged(DatabaseSchema.version.descriptor) {
                try RedisHealth.judge(["used_memory": "1", "maxmemory": "0"], ["evicted_keys": text], $0)
            }
        },
        NumberReader("a probe's condition", accepts: ["-1"]) {
            ProbeCondition("time < 5")?.holds(for: $0) == true ? 1 : nil
        },
    ]

    @Test("no number from outside ends the process or is taken for one", arguments: readers, HostileNumber.texts)
    func table(reader: NumberReader, text: String) async {
        let problem = await reader.problem(with: text)
        #expect(problem == nil, "\(reader) of ‘\(text)’")
    }

    @Test("a gauge that is no number is a statement that says nothing", arguments: [Double.nan, .infinity, -.infinity])
    func gauges(value: Double) {
        var round = HealthContradictions.Round(breaker: "CLOSED", connected: true, gauge: 0, connectionGauge: value)
        #expect(HealthContradictions.contradictions(in: round).joined().contains("mlflow_connection_status"))
        round.connectionGauge = 1
        round.gauge = value
        #expect(HealthContradictions.contradictions(in: round).joined().contains("mlflow_circuit_breaker_state"))
    }

    @Test("a gauge that is a number and not 0 or 1 contradicts, in words", arguments: [1e300, 0x1p63, -1])
    func gaugesBeyond(value: Double) {
        let round = HealthContradictions.Round(breaker: "CLOSED", connected: true, gauge: 0, connectionGauge: value)
        #expect(
            HealthContradictions.contradictions(in: round) == [
                "/health/mlflow says connected true, mlflow_connection_status is \(value.wholeText)"
            ])
    }
}
