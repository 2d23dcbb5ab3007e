import Foundation
import PostgresClient
import RunModel
import Settings
import TestSupport
import Testing

@testable import CheckKit
@testable import ValidationChecks

/// Every question to the database with rows that pass, rows that fail and rows that say nothing.
@Suite struct DatabaseJudgementTests {
    struct Row: Sendable, CustomStringConvertible {
        var id: CheckID
        var right: [[String?]]
        var wrong: [[[String?]]]
        /// From which nothing can be told.
        var silent: [[String?]]?
        var description: String { id.rawValue }

        init(_ id: CheckID, _ right: [[String?]], wrong: [[String?]]..., silent: [[String?]]? = nil) {
            self.id = id
            self.right = right
            self.wrong = wrong
            self.silent = silent
        }
    }

    private static let core = DatabaseSchema.coreTables.map { [Optional($0)] }
    private static let own = DatabaseSchema.apiTables.map { [Optional($0.0)] }

    static let rows = [
        Row("DB-02", [["150017"]], wrong: [["130009"]], [["210000"]], []),
        Row("DB-03", [["t", "TLSv1.3", "TLS_AES_256_GCM_SHA384"]], wrong: [["f", nil, nil]], silent: []),
        Row("DB-04", core, wrong: Array(core.dropLast()), []),
        Row("DB-06", own, wrong: Array(own.dropFirst()), []),
        Row("DB-07", [["016"]], wrong: [["015"]], [], [["015"], ["016"]]),
        Row(
            "DB-08", [["\(core.count)", nil]], wrong: [["\(core.count)", "runs INSERT, runs UPDATE"]],
            silent: [["3", nil]]),
        Row(
            "DB-09", [["t", "t", "t", "0", "f"]], wrong: [["t", "t", "f", "0", "f"]], [["t", "t", "t", "2", "f"]],
            [["t", "t", "t", "0", "t"]], []),
        Row(
            "DB-10", [["mlflow", "f", "f", "f", "t", "-1", nil]], wrong: [["mlflow", "t", "f", "f", "t", "-1", nil]],
            silent: [["other", "f", "f", "f", "t", "-1", nil]]),
        Row("DB-11", [["10", "97", "0"]], wrong: [["90", "97", "0"]], silent: [["?", "97", "0"]]),
        Row(
            "DB-12", [["7", nil, nil, nil, nil]], wrong: [["7", "4711", "mlflow", "900", "UPDATE runs"]],
            silent: [[nil, nil, nil, nil, nil]]),
        Row(
            "DB-13", [["7", nil, nil, nil, nil]], wrong: [["7", "4711", "4712", "9", "UPDATE runs"]], silent: []),
        Row("DB-14", [["20000000", "metrics 9000000"]], wrong: [["90000000000", "metrics 1"]], silent: [[nil, nil]]),
        Row("DB-15", [["f", "1", "0.2"]], wrong: [["t", "0", nil]], silent: [[nil, nil, nil]]),
        Row("DB-16", [["0", "0", "1000"]], wrong: [["0", "3", "1000"]], silent: []),
    ]

    private static func judged(_ id: CheckID, _ rows: [[String?]]) async throws -> Outcome {
        try await withTemporaryDirectory { directory in
            let configuration = try Configuration.parse(
                "environment: staging\ndatabase: { host: db.example.com, user: mlflow, name: mlflow_db }\n",
                path: "test.yaml", environment: [:])
            let check = try #require(
                ValidationCatalogue.list.checks(for: configuration).first { $0.descriptor.id == id })
            let question = try #require(check as? DatabaseQuestion)
            do {
                return try question.judge(
                    PostgresRows(columns: [], rows: rows),
                    CheckOnLoopback.context(question.descriptor, configuration, directory))
            } catch let stop as Stop {
                return stop.outcome
            }
        }
    }

    @Test("sound rows pass", arguments: rows) func right(row: Row) async throws {
        let outcome = try await Self.judged(row.id, row.right)
        #expect(outcome.status == .passed, "\(row): \(outcome.message)")
    }

    @Test("unsound rows fail", arguments: rows) func wrong(row: Row) async throws {
        for rows in row.wrong {
            let outcome = try await Self.judged(row.id, rows)
            #expect(outcome.status == .failed, "\(row) on \(rows): \(outcome.message)")
        }
    }

    @Test("rows that say nothing are inconclusive", arguments: rows.filter { $0.silent != nil })
    func silent(row: Row) async throws {
        let outcome = try await Self.judged(row.id, row.silent ?? [])
        #expect(outcome.status == .inconclusive, "\(row): \(outcome.message)")
    }
}
