import HTTPClient
import TestSupport
import Testing
import UndoLog

@Suite struct UndoFindTests {
    private func perform(_ answer: String, status: Int = 200, path: String) async throws -> [String] {
        let server = try LoopbackHTTPServer { request in
            request.method == "GET" ? .json(answer, status: status) : .json("{}")
        }
        let found = UndoAction.FindAction.placeholder
        let action = UndoAction.find(
            .init(
                search: .init(method: "GET", url: server.url + "/search", expectedStatuses: [200, 404]),
                identifierPath: path,
                then: .init(
                    method: "POST", url: server.url + "/delete/\(found)", body: #"{"id":"\#(found)"}"#,
                    expectedStatuses: [200])))
        try await UndoPerformer(transport: HTTPClient(), permission: { _ in nil }).perform(action)
        return server.requests.filter { $0.method == "POST" }.map {
            $0.target + " " + String(decoding: $0.body, as: UTF8.self)
        }
    }

    @Test("The identifier that the search finds goes into the second request") func one() async throws {
        let sent = try await perform(#"{"experiment":{"experiment_id":"17"}}"#, path: "experiment.experiment_id")
        #expect(sent == [#"/delete/17 {"id":"17"}"#])
    }

    @Test("Every element of a list is taken back") func several() async throws {
        let sent = try await perform(#"{"runs":[{"id":"a"},{"id":"b"},{}]}"#, path: "runs[*].id")
        #expect(sent.count == 2)
    }

    @Test(
        "What is not there, and what is no identifier, needs nothing",
        arguments: [
            (#"{"error_code":"RESOURCE_DOES_NOT_EXIST"}"#, 404), ("{}", 200), ("no JSON", 200),
            (#"{"experiment":{"experiment_id":"1\",\"x\":\"/../"}}"#, 200),
        ])
    func nothing(answer: String, status: Int) async throws {
        #expect(try await perform(answer, status: status, path: "experiment.experiment_id").isEmpty)
    }
}
