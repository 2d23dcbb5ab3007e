import CheckKit
import HTTPClient
import LoadEngine
import RunModel
import TestSupport
import Testing

@testable import Job

@Suite struct LoadDrainTests {
    /// Refuses the first connections, as a server does whose queue is full.
    private func server(refusing first: Int) throws -> LoopbackHTTPServer {
        try LoopbackHTTPServer { $0.connection < first ? .reset : .response(body: "calm") }
    }

    private func result(_ server: LoopbackHTTPServer, patience: Duration) async throws -> [CheckResult?] {
        let requests = [
            LoadRequest(url: server.url + "/ready"), LoadRequest(method: "POST", url: server.url + "/write"),
        ]
        let descriptors = [
            JobFixture.descriptor("X-01", excludes: [.loadWindow]), JobFixture.descriptor("X-02"),
            JobFixture.descriptor("X-03", excludes: [.loadWindow]),
        ]
        return try await withTemporaryDirectory { directory in
            var runner = try JobFixture.runner(directory)
            runner.drain = LoadDrain(HTTPClient(), patience: patience)
            var results: [CheckResult?] = []
            for descriptor in descriptors {
                let check = ScriptedCheck(descriptor) { context in
                    if descriptor.id == "X-01" { context.recorder.load(with: requests) }
                    return .passed("ran")
                }
                results.append(try await runner.run(check, descriptor, facts: [:]))
            }
            return results
        }
    }

    @Test("a load ends when the target answers again, and nothing that changes something is sent once more")
    func drained() async throws {
        let server = try server(refusing: 3)
        let results = try await result(server, patience: .seconds(60))
        #expect(results.map(\.?.status) == [.passed, .passed, .passed])
        #expect(server.requests.filter { $0.path == "/ready" }.count >= 5)
        #expect(!server.requests.contains { $0.path == "/write" })
    }

    @Test("while the target is still busy with a load, the next load cannot tell, and other checks run")
    func busy() async throws {
        let results = try await result(try server(refusing: .max), patience: .milliseconds(300))
        #expect(results.map(\.?.status) == [.passed, .passed, .inconclusive])
    }
}
