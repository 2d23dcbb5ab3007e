import Formats
import RunModel
import TestSupport
import Testing

/// Checks on systems whose every answer is written down, and wrong: `Tests/FailingCases/scripted-answers.json`.
@Suite struct ScriptedAnswerTests {
    struct Table: Decodable {
        /// Answers to paths, by the name of the system that gives them.
        var systems: [String: [String: Answer]]
        var cases: [Case]
    }

    /// One check with what it is put to, and words of its failure.
    struct Case: Decodable, Sendable {
        var check: String
        var says: String
        /// A system whose answers count where the case has none.
        var like: String?
        /// By how a path ends; the longest end counts.
        var answers: [String: Answer]?
        /// The server speaks TLS, with a certificate of an authority that nobody knows.
        var overTLS: Bool?
        /// What a PostgreSQL answers to the first statement that contains a text.
        var database: [Statement]?
        /// What a Redis answers to INFO.
        var redis: String?
        /// Asks the database for TLS, which it does not speak.
        var wantsTLS: Bool?
        /// Further lines of the configuration.
        var settings: String?
        /// The whole configuration, with `{url}` and `{port}` of the server.
        var configuration: String?
    }

    /// `[status, body]` or `[status, body, headers]`; a body that is a text is sent as it stands.
    struct Answer: Decodable, Sendable {
        var reply: LoopbackHTTPServer.Reply

        init(from decoder: any Decoder) throws {
            var parts = try decoder.unkeyedContainer()
            let status = try parts.decode(Int.self)
            let body = try parts.decode(JSONValue.self)
            let headers = parts.isAtEnd ? [:] : try parts.decode([String: String].self)
            let type = body.string == nil ? "application/json" : "text/plain"
            reply = .response(
                status, headers: [("Content-Type", type)] + headers.map { ($0.key, $0.value) },
                body: try body.string ?? JSON.text(body))
        }
    }

    /// `[part of the statement, rows]`.
    struct Statement: Decodable, Sendable {
        var part: String
        var rows: [[String?]]

        init(from decoder: any Decoder) throws {
            var parts = try decoder.unkeyedContainer()
            part = try parts.decode(String.self)
            rows = try parts.decode([[String?]].self)
        }
    }

    @Test func `each check fails on the answers that are wrong for it, and says why`() async throws {
        let table = try FailingCases.read(Table.self, from: "scripted-answers")
        #expect(table.cases.compactMap(\.like).allSatisfy { table.systems[$0] != nil })
        let certificate = try TestCertificate.make()
        await withTaskGroup(of: Void.self) { group in
            for (index, row) in table.cases.enumerated() {
                if index >= 8 { await group.next() }
                let system = table.systems[row.like ?? ""] ?? [:]
                group.addTask {
                    do {
                        let outcome = try await Self.outcome(row, system, certificate)
                        #expect(outcome.isFailure(of: CheckID(row.check), saying: row.says), "\(row.check): \(outcome)")
                    } catch {
                        Issue.record("\(row.check): \(error)")
                    }
                }
            }
        }
    }

    private static func outcome(
        _ row: Case, _ system: [String: Answer], _ certificate: TestCertificate
    ) async throws -> Outcome {
        let answers = system.merging(row.answers ?? [:]) { $1 }
        let server = try LoopbackHTTPServer(certificate: row.overTLS == true ? certificate : nil) { request in
            let fitting = answers.filter { request.path.hasSuffix($0.key) }
            return fitting.max { $0.key.count < $1.key.count }?.value.reply ?? .json("{}")
        }
        defer { server.stop() }
        var stores: [String] = []
        let database = try row.database.map { statements in
            try PostgresDouble { statement in statements.first { statement.contains($0.part) }?.rows ?? [] }
        }
        defer { database?.stop() }
        if let database {
            stores.append(
                "database: { host: 127.0.0.1, port: \(database.port), user: mlflow, password: \"${env:api}\", name: mlflow_db, "
                    + "fallback_name: mlflow, tls: \(row.wantsTLS == true ? "require" : "disable") }")
        }
        let redis = try row.redis.map { try RedisDouble(information: $0) }
        defer { redis?.stop() }
        if let redis {
            stores.append("redis: { host: 127.0.0.1, port: \(redis.port), password: \"${env:api}\" }")
        }
        let id = CheckID(row.check)
        if let configuration = row.configuration {
            let text = configuration.replacing("{url}", with: server.url).replacing("{port}", with: "\(server.port)")
            return try await CheckOnLoopback.run(id, configuration: text).outcome
        }
        stores.append(row.settings ?? "")
        return try await CheckOnLoopback.run(id, at: server.url, further: stores.joined(separator: "\n")).outcome
    }
}
