import CheckKit
import Diagnosis
import RunModel
import Settings
import Synchronization
import TestSupport
import Testing
import ValidationChecks

@testable import Job
@testable import Reports

/// Scripts of real checks, run by real curl, psql and redis-cli against servers of this machine: 1 while the fault is there, 0 when
/// it is gone, 2 where the reader's own mistake hides it. `ci/repro-scripts` does the same with a whole stack.
@Suite(.serialized) struct RealScriptTests {
    @Test("curl: a status that is wrong, and one that is right again")
    func status() async throws {
        let isWhole = Mutex(false)
        let server = try LoopbackHTTPServer { _ in
            isWhole.withLock { $0 } ? .json("{\"alive\":true}") : .response(503, body: "no")
        }
        let (script, line) = try await proof(of: "SH-05", "services: { api: \"\(server.url)\" }")
        try expect(1, script)
        try expect(false, line: line)
        isWhole.withLock { $0 = true }
        try expect(0, script)
        try expect(true, line: line)
        server.stop()
    }

    @Test("curl: a service that is gone, one that answers with errors, and one that is back")
    func connection() async throws {
        let port = try ServerProcess.freePort()
        let (script, line) = try await proof(of: "SH-05", "services: { api: \"http://127.0.0.1:\(port)\" }")
        try expect(1, script)
        try expect(false, line: line)
        let broken = try LoopbackHTTPServer(port: port) { _ in .response(502, body: "bad gateway") }
        #expect(try ShellScript.run(script).code == 2)
        broken.stop()
        let whole = try LoopbackHTTPServer(port: port) { _ in .json("{\"alive\":true}") }
        try expect(0, script)
        try expect(true, line: line)
        whole.stop()
    }

    @Test(
        "curl over TLS: a certificate that nobody trusts, and one that all trust",
        arguments: [
            TestCertificate.Fault.expired, .wrongHost, .selfSigned,
        ])
    func certificate(fault: TestCertificate.Fault) async throws {
        let (good, bad) = (try TestCertificate.make(), try TestCertificate.make(fault))
        let broken = try LoopbackHTTPServer(certificate: bad) { _ in .json("{\"alive\":true}") }
        // Both authorities are known: what is wrong is wrong with the certificate alone.
        var trusted = good
        if fault != .selfSigned { trusted.authority += bad.authority }
        try await trusted.withAuthorityFile { file in
            let (script, line) = try await proof(
                of: "SH-05", "services: { api: \"https://127.0.0.1:\(broken.port)\", ca_file: \"\(file)\" }")
            try expect(1, script)
            try expect(false, line: line)
            broken.stop()
            let whole = try LoopbackHTTPServer(port: broken.port, certificate: good) { _ in
                .json("{\"alive\":true}")
            }
            try expect(0, script)
            try expect(true, line: line)
            whole.stop()
        }
    }

    @Test("psql: a database that is gone, one that refuses the reader, and one that answers")
    func database() async throws {
        _ = try ShellScript.directory(of: "psql")
        let port = try ServerProcess.freePort()
        let (script, line) = try await proof(
            of: "DB-01",
            """
            database:
              host: 127.0.0.1
              port: \(port)
              user: \(PostgresServer.user)
              name: \(PostgresServer.database)
              password: "${env:DB_PASSWORD}"
              tls: disable
            """)
        let password = ["DB_PASSWORD": PostgresServer.password]
        try expect(1, script, password)
        try expect(false, line: line, password)
        let server = try await PostgresServer(settings: ["port": String(port)])
        #expect(try ShellScript.run(script, environment: ["DB_PASSWORD": "another"]).code == 2)
        #expect(try ShellScript.run(script).code == 2)
        try server.run("CREATE DATABASE \(PostgresServer.database)")
        try expect(0, script, password)
        try expect(true, line: line, password)
        server.stop()
    }

    @Test("redis-cli: a cache that is gone, one that refuses the reader, and one that answers")
    func redis() async throws {
        _ = try ShellScript.directory(of: "redis-cli")
        let port = try ServerProcess.freePort()
        let (script, line) = try await proof(
            of: "RD-01", "redis: { host: 127.0.0.1, port: \(port), password: \"${env:REDIS_AUTH_TOKEN}\" }")
        let password = ["REDIS_AUTH_TOKEN": "fake-redis-password"]
        try expect(1, script, password)
        try expect(false, line: line, password)
        let server = try await RedisServer(settings: ["port": String(port), "requirepass": "fake-redis-password"])
        #expect(try ShellScript.run(script, environment: ["REDIS_AUTH_TOKEN": "another"]).code == 2)
        try expect(0, script, password)
        try expect(true, line: line, password)
        server.stop()
    }

    private func expect(
        _ code: Int32, _ script: String, _ environment: [String: String] = [:],
        at place: SourceLocation = #_sourceLocation
    ) throws {
        let end = try ShellScript.run(script, environment: environment)
        #expect(end.code == code, "\(end.output)\n\(script)", sourceLocation: place)
    }

    private func expect(
        _ isGone: Bool, line: String, _ environment: [String: String] = [:], at place: SourceLocation = #_sourceLocation
    ) throws {
        let end = try ShellScript.run("set -o pipefail\n\(line)\n", environment: environment)
        #expect((end.code == 0) == isGone, "\(end.code) \(end.output)\n\(line)", sourceLocation: place)
    }

    /// The script of the finding that a failing check leaves, and the line that documents print.
    private func proof(of id: CheckID, _ text: String) async throws -> (script: String, line: String) {
        let configuration = try Configuration.parse(
            "environment: staging\n\(text)\n", path: "test.yaml",
            environment: ["DB_PASSWORD": PostgresServer.password, "REDIS_AUTH_TOKEN": "fake-redis-password"])
        let check = try #require(ValidationCatalogue.list.checks(for: configuration).first { $0.descriptor.id == id })
        return try await withTemporaryDirectory { directory in
            let runner = try JobFixture.runner(directory, configuration: configuration)
            let result = try #require(try await runner.run(check, check.descriptor, facts: [.profile: "B"]))
            try #require(result.verification != nil, "\(result.outcome)")
            var fixture = RunRecordFixture()
            fixture.add(id, check.descriptor.title, check.descriptor.category, outcome: result.outcome)
            var record = fixture.record
            record.results[id]?.verification = result.verification
            let document = Document(record: record, assessment: Assessment(of: record), root: "../")
            let finding = try #require(document.findings.first { $0.finding.root == id })
            return (ReproductionScript(finding).text, finding.verification.line)
        }
    }
}
