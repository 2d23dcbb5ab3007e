import RunModel
import TestSupport
import Testing

/// Checks on services that answer everything alike, and wrongly.
@Suite struct ScriptedAnswerTests {
    /// What is answered to everything, by the names of `Tests/FailingCases/scripted-answers.json`.
    static let answers: [String: LoopbackHTTPServer.Reply] = [
        "breaks": .json(#"{"error_code":"INTERNAL_ERROR","message":"broken"}"#, status: 500),
        "says nothing": .json("{}"),
        "knows nothing": .json(#"{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"no"}"#, status: 404),
        "refuses by name": .json(#"{"error_code":"INVALID_PARAMETER_VALUE","message":"no"}"#, status: 400),
        "wants a key": .json(#"{"detail":"API key required"}"#, status: 401),
    ]

    @Test func `each check fails on the answers that are wrong for it`() async throws {
        for (name, checks) in try FailingCases.read("scripted-answers").sorted(by: { $0.key < $1.key }) {
            let reply = try #require(Self.answers[name], "there are no answers ‘\(name)’")
            await withTaskGroup(of: Void.self) { group in
                for id in checks {
                    group.addTask {
                        do {
                            let result = try await CheckOnLoopback.run(id) { _ in reply }
                            #expect(result.status == .failed, "\(name): \(id): \(result.told)")
                        } catch {
                            Issue.record("\(name): \(id): \(error)")
                        }
                    }
                }
            }
        }
    }
}
