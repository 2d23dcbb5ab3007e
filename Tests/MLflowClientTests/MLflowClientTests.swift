import Formats
import HTTPClient
import MLflowClient
import TestSupport
import Testing

@Suite struct MLflowClientTests {
    private func client(
        _ path: String = "", key: String? = nil,
        _ respond: @escaping @Sendable (LoopbackHTTPServer.Request) -> LoopbackHTTPServer.Reply
    ) throws -> (MLflowClient, LoopbackHTTPServer) {
        let server = try LoopbackHTTPServer(respond: respond)
        let headers = key.map { [HTTPHeader("Authorization", "Bearer \($0)")] } ?? []
        // The client holds the server, so that it lives as long as somebody may ask it.
        let client = MLflowClient(http: HTTPClient(), trackingURI: server.url + path, headers: headers) { _, _ in
            _ = server.port
        }
        return (client, server)
    }

    private func body(_ request: LoopbackHTTPServer.Request) throws -> JSONValue {
        try JSON.decode(JSONValue.self, from: .init(request.body))
    }

    @Test("Every request goes below the tracking URI and carries the key") func routing() async throws {
        let (client, server) = try client("/api/mlflow/", key: "hk_test_fake") { _ in .json(#"{"experiments":[]}"#) }
        _ = try await client.searchExperiments(maximum: 3, filter: "name = 'x'")
        let request = try #require(server.requests.first)
        #expect(request.method == "POST")
        #expect(request.target == "/api/mlflow/api/2.0/mlflow/experiments/search")
        #expect(request.header("Authorization") == "Bearer hk_test_fake")
        #expect(try body(request) == ["max_results": 3, "filter": "name = 'x'"])
    }

    @Test("Tags are sent as a list of key and value, never as an object") func tags() async throws {
        let (client, server) = try client { _ in
            .json(#"{"run":{"info":{"run_id":"r","experiment_id":"1"},"data":{}}}"#)
        }
        let run = try await client.createRun(in: "1", name: "n", startTime: 5, tags: [KeyValue("a", "1")])
        #expect(run.info.run_id == "r")
        #expect(try body(try #require(server.requests.first))["tags"] == [["key": "a", "value": "1"]])
    }

    @Test("Query values are escaped") func escaping() async throws {
        let (client, server) = try client { _ in .json(#"{"registered_models":[]}"#) }
        _ = try await client.searchModels(filter: "name = 'a&b=é +'", maximum: 7)
        #expect(
            server.requests.first?.target
                == "/api/2.0/mlflow/registered-models/search?max_results=7&filter=name%20%3D%20%27a%26b%3D%C3%A9%20%2B%27"
        )
    }

    @Test("Artifact paths keep their slashes and escape the rest") func artifacts() async throws {
        let (client, server) = try client { request in
            request.method == "GET" ? .response(bytes: [0, 255, 13, 10]) : .json("{}")
        }
        try await client.uploadArtifact([1, 2, 3], to: "1/run/artifacts/with space/ü#.bin")
        #expect(try await client.downloadArtifact("1/run/artifacts/x") == [0, 255, 13, 10])
        let sent = try #require(server.requests.first)
        #expect(sent.method == "PUT")
        #expect(sent.body == [1, 2, 3])
        #expect(sent.target == "/api/2.0/mlflow-artifacts/artifacts/1/run/artifacts/with%20space/%C3%BC%23.bin")
    }

    @Test("An artifact over the limit is an error and not a short file") func artifactLimit() async throws {
        let (client, _) = try client { _ in .response(bytes: [UInt8](repeating: 7, count: 5000)) }
        await #expect {
            try await client.downloadArtifact("x", maximumBytes: 4999)
        } throws: { ($0 as? MLflowError)?.transport?.code == .bodyTooLarge }
    }

    @Test(
        "Who refused is told from the form of the answer",
        arguments: [
            (404, #"{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"no"}"#, MLflowError.Kind.refused, true),
            (401, #"{"detail":"API key required"}"#, .foreign, false),
            (502, #"{"detail":"Failed to connect to MLflow server at http://mlflow:5000"}"#, .foreign, false),
            (404, "<html>not here</html>", .foreign, true),
            (200, "not JSON", .unreadable, false),
            (200, #"{"experiment_id":5}"#, .unreadable, false),
            (200, "{}", .unreadable, false),
        ])
    func errors(status: Int, text: String, kind: MLflowError.Kind, isMissing: Bool) async throws {
        let (client, _) = try client { _ in .json(text, status: status) }
        do throws(MLflowError) {
            _ = try await client.createExperiment("x")
            Issue.record("no error")
        } catch {
            #expect(error.kind == kind)
            #expect(error.status == status)
            #expect(error.isMissing == isMissing)
            #expect(error.description.contains("experiments/create"))
        }
    }

    @Test("No answer at all keeps the reason of the transport") func unreachable() async throws {
        let port = try ServerProcess.freePort()
        let client = MLflowClient(http: HTTPClient(), trackingURI: "http://127.0.0.1:\(port)")
        await #expect { try await client.experiment("0") } throws: {
            ($0 as? MLflowError)?.kind == .noAnswer && ($0 as? MLflowError)?.transport?.code == .connectionRefused
        }
    }

    @Test("Metrics are read whether their numbers come as numbers or as text") func metrics() async throws {
        let text = #"""
            {"metrics":[{"key":"a","value":0.5,"timestamp":1700000000000,"step":3},
                        {"key":"b","value":"NaN","timestamp":"17","step":"4"},{"key":"c","value":1,"timestamp":5}]}
            """#
        let (client, server) = try client { _ in .json(text) }
        let points = try await client.metricHistory("r", "a")
        #expect(points[0] == MetricPoint("a", 0.5, timestamp: 1_700_000_000_000, step: 3))
        #expect(points[1].value.isNaN && points[1].timestamp == 17 && points[1].step == 4)
        #expect(points[2].step == 0)
        #expect(server.requests.first?.target.contains("max_results=1000") == true)
    }

    @Test(
        "Where the HTTP store keeps a run's files follows from its artifact URI",
        arguments: [
            ("mlflow-artifacts:/1/abc/artifacts", "1/abc/artifacts"),
            ("mlflow-artifacts://host:5000/1/abc/artifacts", "1/abc/artifacts"),
            ("s3://bucket/1/abc/artifacts", nil), ("/var/mlruns/1", nil), ("mlflow-artifacts://host", nil),
        ])
    func storePaths(uri: String, path: String?) {
        #expect(MLflowClient.storePath(of: uri) == path)
    }
}
