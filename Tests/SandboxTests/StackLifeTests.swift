import Formats
import Foundation
import Glibc
import HTTPClient
import Settings
import TestSupport
import Testing

@testable import plumbline_sandbox

/// The whole stack, with the built program: up, used, broken, mended, crashed, down.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct StackLifeTests {
    private let client = HTTPClient()

    private func status(_ url: String, key: String? = nil, deadline: Duration = .seconds(30)) async throws -> Int {
        let headers = key.map { [HTTPHeader("Authorization", "Bearer \($0)")] } ?? []
        return try await client.send(HTTPRequest(url: url, headers: headers, deadline: deadline)).status
    }

    @Test func `Every host of the load balancer leads where the contract says`() async throws {
        let stack = try await LocalStack.shared()
        let urls = stack.state.urls
        let admin = try #require(stack.state.keys["admin"])
        let search = "/api/2.0/mlflow/experiments/search?max_results=1"
        #expect(try await status(urls.api + "/health") == 200)
        #expect(try await status(urls.auth + "/health") == 200)
        #expect(try await status(urls.registry + "/mlflow/version") == 401)
        #expect(try await status(urls.registry + "/mlflow/version", key: admin) == 200)
        #expect(try await status(urls.mlflow + search) == 401)
        #expect(try await status(urls.mlflow + search, key: admin) == 200)
        let nobody = urls.api.replacing("api.localhost", with: "nobody.localhost")
        let answer = try await client.send(HTTPRequest(url: nobody + "/health"))
        #expect(answer.status == 404)
        #expect(answer.text == "Not Found")
    }

    @Test func `The configuration that is written is one that plumbline reads, with every secret resolved`()
        async throws
    {
        let stack = try await LocalStack.shared()
        let configuration = try Configuration.load(path: stack.configuration, environment: [:])
        #expect(configuration.keys["api"]?.reveal() == stack.state.keys["admin"])
        #expect(configuration.secrets.filter { !$0.isResolved }.isEmpty)
        #expect(configuration.faults.canBreak(.network))
        #expect(configuration.aws?.endpointURL == stack.state.urls.aws)
        #expect(configuration.launch?.command.contains("serve-api") == true)
    }

    @Test func `The database has MLflow's tables and the API's own`() async throws {
        let stack = try await LocalStack.shared()
        let database = try #require(
            try Configuration.load(path: stack.configuration, environment: [:]).database)
        let rows = try await query(database, "SELECT version_num FROM hokusai_alembic_version")
        #expect(rows == [["016"]])
        let tables = try await query(
            database,
            """
            SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'
            AND table_name IN ('experiments', 'runs', 'model_versions', 'audit_logs', 'contribution_lifecycle')
            """)
        #expect(tables == [["5"]])
    }

    @Test func `A stopped MLflow is refused through the API, and works again after the scenario`() async throws {
        let stack = try await LocalStack.shared()
        let url = stack.state.urls.mlflow + "/api/2.0/mlflow/experiments/search?max_results=1"
        let key = try #require(stack.state.keys["admin"])
        try await stack.apply(scenario: "mlflow-stopped")
        #expect(try await status(url, key: key) == 502)
        try await stack.apply(scenario: "none")
        #expect(try await status(url, key: key) == 200)
        let events = stack.log("fault-proxy")
        #expect(events.contains("proxy-disabled") && events.contains("proxy-reset"))
    }

    @Test func `A second up finds the stack that runs`() async throws {
        let stack = try await LocalStack.shared()
        let again = try await LocalStack.sandbox(["up", "--dir", stack.directory.path, "--json"])
        let state = try JSONDecoder().decode(LocalStack.State.self, from: Data(again.utf8))
        #expect(state.parts.map(\.process.pid) == stack.state.parts.map(\.process.pid))
    }

    @Test(arguments: [1, 4, 8])
    func `An up that is killed leaves nothing that down does not end`(records: Int) async throws {
        try await withTemporaryDirectory { url in
            let directory = SandboxDirectory(url.appending(path: "box").path)
            let ledger = ProcessLedger(directory: directory)
            let process = Process()
            process.executableURL = URL(filePath: try LocalStack.executable())
            process.arguments = ["up", "--dir", directory.path]
            process.standardError = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            while ledger.records().count < records, process.isRunning {
                try await Task.sleep(for: .milliseconds(5))
            }
            try #require(process.isRunning, "up ended before it could be killed")
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            #expect(!ledger.running().isEmpty)
            let known = ledger.records().map(\.record)
            try await LocalStack.sandbox(["down", "--dir", directory.path])
            #expect(known.filter(\.isRunning).isEmpty)
            #expect(processes(below: directory.path).isEmpty)
            #expect(!FileManager.default.fileExists(atPath: directory.secrets))
        }
    }

    @Test func `An up that gets SIGTERM takes everything down itself and says so`() async throws {
        try await withTemporaryDirectory { url in
            let directory = SandboxDirectory(url.appending(path: "box").path)
            let process = Process()
            process.executableURL = URL(filePath: try LocalStack.executable())
            process.arguments = ["up", "--dir", directory.path]
            process.standardError = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            while ProcessLedger(directory: directory).records().count < 4, process.isRunning {
                try await Task.sleep(for: .milliseconds(5))
            }
            kill(process.processIdentifier, SIGTERM)
            while process.isRunning { try await Task.sleep(for: .milliseconds(20)) }
            #expect(process.terminationStatus == 143)
            #expect(processes(below: directory.path).isEmpty)
        }
    }

    /// Whatever works in the directory, recorded or not.
    private func processes(below path: String) -> [ProcessStatus] {
        ProcessTable.all().filter {
            $0.isRunning && (ProcessTable.workingDirectory(of: $0.pid)?.hasPrefix(path + "/") ?? false)
        }
    }
}
