import Foundation
import TestSupport
import Testing

/// A missing key is asked for where somebody can answer, and nowhere else.
@Suite struct KeyPromptTests {
    private static let variable = "PLUMBLINE_TEST_KEY"
    private static let answer = "hk_test_fake_typed_by_hand"

    private func withTarget(_ body: (LoopbackHTTPServer, URL) async throws -> Void) async throws {
        let server = try LoopbackHTTPServer { _ in .json(#"{"experiments":[]}"#) }
        defer { server.stop() }
        try await withTemporaryDirectory { directory in
            let text = """
                environment: test
                services: { mlflow: "\(server.url)" }
                keys: { api: "${env:\(Self.variable)}" }
                """
            try Data(text.utf8).write(to: directory.appending(path: "plumbline.yaml"))
            try await body(server, directory)
        }
    }

    private static let arguments = ["run", "--only", "RG-01", "--out", "out", "--progress", "plain"]

    private func onTerminal(_ answer: String, in directory: URL) async throws -> CommandLineProcess.End {
        try await CommandLineProcess.run(
            Self.arguments, in: directory,
            wrapper: ["python3", PythonEnvironment.script("answer_prompt.py"), "\(Self.variable) is not set", answer])
    }

    /// What the run says of its one check.
    private func told(in directory: URL) async throws -> String {
        try await CommandLineProcess.run(["results", "--json"], in: directory).output
    }

    @Test("On a terminal the key is asked for, used, and never shown") func asked() async throws {
        try await withTarget { server, directory in
            let end = try await onTerminal(Self.answer, in: directory)
            #expect(server.requests.first?.header("Authorization") == "Bearer \(Self.answer)", "\(end.output)")
            #expect(end.output.contains("passed       RG-01"), "\(end.output)")
            #expect(!end.output.contains(Self.answer))
        }
    }

    @Test("An empty answer skips what needs the key") func empty() async throws {
        try await withTarget { server, directory in
            let end = try await onTerminal("", in: directory)
            #expect(server.requests.isEmpty)
            #expect(end.output.contains("is not set"), "\(end.output)")
            let told = try await told(in: directory)
            #expect(told.contains("${env:\(Self.variable)}, which gives no value"), "\(told)")
        }
    }

    @Test("Control-C ends the run before it begins") func interrupted() async throws {
        try await withTarget { server, directory in
            let end = try await onTerminal("\u{3}", in: directory)
            #expect(end.status == 2, "\(end.output)")
            #expect(server.requests.isEmpty)
        }
    }

    @Test("Without a terminal nothing is asked, and the reason is told") func pipeline() async throws {
        try await withTarget { server, directory in
            let end = try await CommandLineProcess.run(Self.arguments, in: directory)
            #expect(server.requests.isEmpty)
            #expect(!end.errors.contains("is not set"))
            let told = try await told(in: directory)
            #expect(told.contains("${env:\(Self.variable)}, which gives no value"), "\(told)")
        }
    }
}
