import Foundation
import HTTPClient
import MLflowClient
import Synchronization
import TestSupport
import Testing

/// A server that answers what no MLflow should: every call ends with an error that says so, in bounded memory and time.
@Suite struct HostileServerTests {
    private func ask<Value: Sendable>(
        deadline: Duration = .seconds(20), _ respond: @escaping @Sendable (Int) -> LoopbackHTTPServer.Reply,
        _ call: (MLflowClient) async throws(MLflowError) -> Value
    ) async throws -> (result: Result<Value, MLflowError>, requests: Int) {
        let count = Mutex(0)
        let server = try LoopbackHTTPServer(recordsRequests: false) { _ in
            respond(
                count.withLock { count in
                    count += 1
                    return count
                })
        }
        defer { server.stop() }
        let client = MLflowClient(http: HTTPClient(), trackingURI: server.url, deadline: deadline)
        let result: Result<Value, MLflowError>
        do throws(MLflowError) { result = .success(try await call(client)) } catch { result = .failure(error) }
        return (result, count.withLock { $0 })
    }

    private func failure<Value>(_ result: Result<Value, MLflowError>) throws -> MLflowError {
        switch result {
        case .success(let value): throw TestServerError("no error, but \(value)")
        case .failure(let error): return error
        }
    }

    @Test(
        "JSON that is cut off is unreadable, not an empty list",
        arguments: [
            #"{"experiments":[{"experiment_id":"1","na"#, #"{"experiments":["#, "{", "", "[]", "null", #""text""#,
        ])
    func truncated(text: String) async throws {
        let (result, _) = try await ask { _ in
            .json(text)
        } _: { (client) async throws(MLflowError) in
            try await client.searchExperiments()
        }
        #expect(try failure(result).kind == .unreadable)
    }

    @Test("An answer that ends before its promised length is no answer") func cutConnection() async throws {
        let raw = "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{\"experiments\":[]}"
        let (result, _) = try await ask { _ in
            .raw(raw)
        } _: { (client) async throws(MLflowError) in
            try await client.searchExperiments()
        }
        #expect(try failure(result).kind == .noAnswer)
    }

    @Test("An error page of 10 MB is told by its status and its first words") func hugeErrorPage() async throws {
        let page = "upstream is upset: " + String(repeating: "x", count: 10_000_000)
        let before = Self.residentBytes
        let (result, _) = try await ask { _ in
            .response(500, body: page)
        } _: { (client) async throws(MLflowError) in
            try await client.experiment("1")
        }
        let error = try failure(result)
        #expect(error.kind == .foreign)
        #expect(error.status == 500)
        #expect(error.message.hasPrefix("upstream is upset"))
        #expect(error.description.count < 500)
        #expect(Self.residentBytes - before < 120 << 20)
    }

    @Test("MLflow's own error with a message of a megabyte keeps its code and not its length") func longMessage()
        async throws
    {
        let text = #"{"error_code":"INTERNAL_ERROR","message":"\#(String(repeating: "boom ", count: 200_000))"}"#
        let (result, _) = try await ask { _ in
            .json(text, status: 500)
        } _: { (client) async throws(MLflowError) in
            try await client.run("r")
        }
        let error = try failure(result)
        #expect(error.kind == .refused)
        #expect(error.errorCode == "INTERNAL_ERROR")
        #expect(error.message.count <= 301)
    }

    @Test("A success larger than any list is refused by its size") func hugeSuccess() async throws {
        let text = #"{"experiments":["# + String(repeating: " ", count: 9_000_000) + "]}"
        let (result, _) = try await ask { _ in
            .json(text)
        } _: { (client) async throws(MLflowError) in
            try await client.searchExperiments()
        }
        let error = try failure(result)
        #expect(error.kind == .unreadable)
        #expect(error.message.contains("larger than"))
    }

    @Test("A page token that comes again ends the search with an error") func repeatedToken() async throws {
        let page = #"{"runs":[{"info":{"run_id":"r","experiment_id":"1"}}],"next_page_token":"again"}"#
        let (result, requests) = try await ask { _ in
            .json(page)
        } _: { (client) async throws(MLflowError) in
            try await client.searchRuns(in: ["1"], maximum: 50_000)
        }
        #expect(try failure(result).message.contains("comes again"))
        #expect(requests == 2)
    }

    @Test("Empty pages that always promise another end the search with an error") func emptyPages() async throws {
        let (result, requests) = try await ask { number in
            .json(#"{"registered_models":[],"next_page_token":"\#(number)"}"#)
        } _: { (client) async throws(MLflowError) in
            try await client.searchModels(maximum: 1000)
        }
        #expect(try failure(result).message.contains("empty"))
        #expect(requests == 11)
    }

    @Test("A search that goes on for ever stops at the number that was asked for") func endlessSearch() async throws {
        let (result, requests) = try await ask { number in
            let versions = (0..<100).map { #"{"name":"m","version":"\#(number * 100 + $0)"}"# }.joined(separator: ",")
            return .json(#"{"model_versions":[\#(versions)],"next_page_token":"\#(number)"}"#)
        } _: { (client) async throws(MLflowError) in
            try await client.searchVersions(filter: "name='m'", maximum: 250)
        }
        #expect(try result.get().count == 250)
        #expect(requests == 3)
    }

    @Test("Pages are joined, each asked for with the token of the one before") func pages() async throws {
        let (result, requests) = try await ask { number in
            let next = number < 3 ? #","next_page_token":"p\#(number)""# : ""
            return .json(#"{"metrics":[{"key":"m","value":\#(number),"timestamp":1,"step":\#(number)}]\#(next)}"#)
        } _: { (client) async throws(MLflowError) in
            try await client.metricHistory("r", "m")
        }
        #expect(try result.get().map(\.value) == [1, 2, 3])
        #expect(requests == 3)
    }

    @Test("An answer that drips is given up at the deadline") func drip() async throws {
        let steps = (0..<100).flatMap { _ in [LoopbackHTTPServer.Reply.Step.send([32]), .wait(.milliseconds(100))] }
        let head = LoopbackHTTPServer.Reply.Step.send(Array("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n".utf8))
        let (result, _) = try await ask(deadline: .milliseconds(600)) { _ in
            LoopbackHTTPServer.Reply(steps: [head] + steps)
        } _: { (client) async throws(MLflowError) in
            try await client.searchExperiments()
        }
        #expect(try failure(result).transport?.code == .timeout)
    }

    @Test("An artifact that never ends is given up at its limit") func endlessArtifact() async throws {
        let chunk = LoopbackHTTPServer.Reply.Step.send(
            Array("10000\r\n".utf8) + [UInt8](repeating: 7, count: 0x10000) + Array("\r\n".utf8))
        let head = LoopbackHTTPServer.Reply.Step.send(
            Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".utf8))
        let (result, _) = try await ask { _ in
            LoopbackHTTPServer.Reply(steps: [head] + [LoopbackHTTPServer.Reply.Step](repeating: chunk, count: 500))
        } _: { (client) async throws(MLflowError) in
            try await client.downloadArtifact("1/r/artifacts/x", maximumBytes: 1 << 20)
        }
        #expect(try failure(result).transport?.code == .bodyTooLarge)
    }

    @Test(
        "A version is read in every shape that servers give it, and nothing else is taken for one",
        arguments: [
            ("3.9.0", MLflowVersion(3, 9, 0)), ("2.9.2\n", MLflowVersion(2, 9, 2)),
            ("\"2.22.1\"", MLflowVersion(2, 22, 1)),
            ("3.10.0rc1", MLflowVersion(3, 10, 0)), ("2.9.2.dev0", MLflowVersion(2, 9, 2)),
            ("3.0", MLflowVersion(3, 0, 0)),
            ("2.9.2+local.1", MLflowVersion(2, 9, 2)), ("", nil), ("3", nil), ("v", nil), ("latest", nil),
            ("<!doctype html><title>MLflow 3.9.0</title>", nil), (#"{"version":"3.9.0"}"#, nil), ("3.9.0 3.9.1", nil),
            ("99999999999999999999.1.1", nil), (String(repeating: "3.9.", count: 1000), nil), ("-1.2.3", nil),
        ] as [(String, MLflowVersion?)])
    func versions(text: String, version: MLflowVersion?) {
        #expect(MLflowVersion(text) == version)
    }

    @Test("Versions are ordered by number, not by letter") func order() {
        #expect(MLflowVersion(2, 9, 2) < MLflowVersion(2, 22, 0))
        #expect(MLflowVersion(2, 22, 9) < MLflowVersion(3, 0, 0))
    }

    /// Resident memory of this process, in bytes.
    private static var residentBytes: Int {
        let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
        return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * 4096
    }
}
