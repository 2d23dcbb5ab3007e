import Formats
import Foundation
import HTTPClient
import Synchronization
import TestSupport
import Testing

@testable import Publication

/// Issues in a Linear of our own. Operations and fields are those of Linear's schema.
@Suite struct LinearPublicationTests {
    private final class FakeLinear: Sendable {
        struct State {
            var issues: [(id: String, title: String, state: String)] = []
            var attachments: [(url: String, issue: String)] = []
            var comments: [(id: String, text: String)] = []
            /// Requests of an operation whose answers are lost.
            var lost: [String] = []
            var limited = 0
        }

        let state = Mutex(State())
        private let server = Mutex<LoopbackHTTPServer?>(nil)

        init() throws {
            let made = try LoopbackHTTPServer { [weak self] request in self?.respond(to: request) ?? .silence }
            server.withLock { $0 = made }
        }

        func publication(
            token: String = "lin_api_made-up", _ patience: Patience = .instant(),
            rehearsal: (@Sendable (PlannedRequest) -> Void)? = nil
        ) throws -> LinearPublication {
            let port = server.withLock { $0?.port ?? 0 }
            return try LinearPublication(
                at: LinearPlace(
                    team: "OPS", base: "https://code.invalid/platform", api: "http://127.0.0.1:\(port)/graphql"),
                token: token, http: HTTPClient(), patience: patience, rehearsal: rehearsal)
        }

        private static let kinds = ["todo": "unstarted", "done": "completed", "no": "canceled"]

        private func respond(to request: LoopbackHTTPServer.Request) -> LoopbackHTTPServer.Reply {
            guard request.header("Authorization") == "lin_api_made-up" else {
                return .json(
                    #"{"errors":[{"message":"Authentication required","extensions":{"code":"AUTHENTICATION_ERROR"}}]}"#,
                    status: 401)
            }
            let body = (try? JSON.decode(JSONValue.self, from: Data(request.body))) ?? .null
            let query = body["query"]?.string ?? ""
            let variables = body["variables"] ?? .null
            return state.withLock { state in
                if state.limited > 0 {
                    state.limited -= 1
                    return .response(
                        400,
                        headers: [
                            ("X-RateLimit-Requests-Remaining", "0"), ("X-RateLimit-Requests-Reset", "1770091546000"),
                        ], body: #"{"errors":[{"message":"limit","extensions":{"code":"RATELIMITED"}}]}"#)
                }
                let answer = Self.answer(query, variables, &state)
                if let index = state.lost.firstIndex(where: query.contains) {
                    state.lost.remove(at: index)
                    return .silence
                }
                guard let answer else { return .json(#"{"errors":[{"message":"Entity exists or is not there"}]}"#) }
                return .json((try? JSON.text(["data": answer] as JSONValue)) ?? "")
            }
        }

        private static func shown(_ issue: (id: String, title: String, state: String), _ state: State) -> JSONValue {
            let number = (state.issues.firstIndex { $0.id == issue.id } ?? 0) + 1
            return [
                "id": .string(issue.id), "identifier": .string("OPS-\(number)"),
                "state": ["type": .string(kinds[issue.state] ?? "")],
            ]
        }

        private static func answer(_ query: String, _ variables: JSONValue, _ state: inout State) -> JSONValue? {
            let input = variables["input"] ?? .null
            func text(_ name: String) -> String { input[name]?.string ?? "" }
            if query.contains("teams(") {
                let states = kinds.map {
                    ["id": .string($0.key), "type": .string($0.value), "position": 1] as JSONValue
                }
                return ["teams": ["nodes": [["id": "team", "states": ["nodes": .array(states)]]]]]
            } else if query.contains("attachments(") {
                let prefix = variables["prefix"]?.string ?? ""
                let nodes = state.attachments.filter { $0.url.hasPrefix(prefix) }.compactMap {
                    attachment -> JSONValue? in
                    guard let issue = state.issues.first(where: { $0.id == attachment.issue }) else { return nil }
                    return ["url": .string(attachment.url), "issue": shown(issue, state)]
                }
                return ["attachments": ["nodes": .array(nodes), "pageInfo": ["hasNextPage": false]]]
            } else if query.contains("issueCreate(") {
                guard !state.issues.contains(where: { $0.id == text("id") }) else { return nil }
                state.issues.append((text("id"), text("title"), "todo"))
                return ["issueCreate": ["success": true, "issue": shown(state.issues[state.issues.count - 1], state)]]
            } else if query.contains("attachmentCreate(") {
                if !state.attachments.contains(where: { $0.url == text("url") && $0.issue == text("issueId") }) {
                    state.attachments.append((text("url"), text("issueId")))
                }
                return ["attachmentCreate": ["success": true]]
            } else if query.contains("issueUpdate(") {
                guard let index = state.issues.firstIndex(where: { $0.id == variables["id"]?.string }) else {
                    return nil
                }
                state.issues[index].state = text("stateId")
                return ["issueUpdate": ["success": true]]
            } else if query.contains("commentCreate(") {
                guard !state.comments.contains(where: { $0.id == text("id") }) else { return nil }
                state.comments.append((text("id"), text("body")))
                return ["commentCreate": ["success": true]]
            } else if query.contains("issue(id") {
                return state.issues.first { $0.id == variables["id"]?.string }.map { ["issue": shown($0, state)] }
            } else if query.contains("comment(id") {
                return state.comments.first { $0.id == variables["id"]?.string }.map {
                    ["comment": ["id": .string($0.id)]]
                }
            }
            return nil
        }
    }

    private static func issue(_ check: String = "SH-02", priority: Int = 0, isMuted: Bool = false) -> PublishedIssue {
        PublishedIssue(
            fingerprint: "staging/mlflow-unreachable/\(check)", title: "MLflow is down (staging)",
            priority: priority, isMuted: isMuted, body: "**Root cause.** …")
    }

    @Test("an issue is made once, closed when its check passes, and the same one is opened when the cause is back")
    func life() async throws {
        let linear = try FakeLinear()
        func publish(_ run: PublishedRun) async throws -> [String] {
            await (try linear.publication()).publish(run).ends
        }
        #expect(try await publish(.example(1, issues: [Self.issue()])) == ["created"])
        #expect(try await publish(.example(2, issues: [Self.issue()])) == ["unchanged"])
        // A run that did not look proves nothing.
        #expect(try await publish(.example(3)) == ["skipped"])
        #expect(try await publish(.example(4, passed: ["SH-02"])) == ["updated"])
        #expect(linear.state.withLock { $0.issues.map(\.state) } == ["done"])
        #expect(try await publish(.example(5, passed: ["SH-02"])) == ["skipped"])
        #expect(try await publish(.example(6, issues: [Self.issue()])) == ["updated"])
        let state = linear.state.withLock { $0 }
        #expect(state.issues.map(\.state) == ["todo"])
        #expect(state.comments.count == 2)
    }

    @Test("lost answers make no second issue and no second comment", arguments: ["issueCreate", "attachmentCreate"])
    func lost(operation: String) async throws {
        let linear = try FakeLinear()
        linear.state.withLock { $0.lost = [operation] }
        #expect(await (try linear.publication()).publish(.example(1, issues: [Self.issue()])).ends == ["created"])
        linear.state.withLock { $0.lost = ["commentCreate", "issueUpdate"] }
        #expect(await (try linear.publication()).publish(.example(2, passed: ["SH-02"])).ends == ["updated"])
        let state = linear.state.withLock { $0 }
        #expect(state.issues.count == 1 && state.attachments.count == 1 && state.comments.count == 1)
    }

    @Test("a publication that died between issue and attachment is completed by the next one")
    func halfDone() async throws {
        let linear = try FakeLinear()
        _ = await (try linear.publication()).publish(.example(1, issues: [Self.issue()]))
        linear.state.withLock { $0.attachments = [] }
        #expect(await (try linear.publication()).publish(.example(2, issues: [Self.issue()])).ends == ["created"])
        #expect(linear.state.withLock { ($0.issues.count, $0.attachments.count) } == (1, 1))
    }

    @Test("a cancelled issue, a muted cause and one of low priority are left alone")
    func leftAlone() async throws {
        let linear = try FakeLinear()
        _ = await (try linear.publication()).publish(.example(1, issues: [Self.issue()]))
        linear.state.withLock { $0.issues[0].state = "no" }
        let issues = [Self.issue(), Self.issue("SH-03", isMuted: true), Self.issue("SH-04", priority: 3)]
        #expect(await (try linear.publication()).publish(.example(2, issues: issues)).ends == ["skipped"])
        #expect(linear.state.withLock { $0.issues.map(\.state) } == ["no"])
    }

    @Test("a limit is waited for as long as the service says")
    func limited() async throws {
        let linear = try FakeLinear()
        let waits = Waits()
        linear.state.withLock { $0.limited = 1 }
        let results = await (try linear.publication(.instant(waits))).publish(.example(1, issues: [Self.issue()]))
        #expect(results.ends == ["created"])
        #expect(waits.all == [.seconds(41)])
    }

    @Test("a wrong key is refused with what to do, and never shown")
    func wrongKey() async throws {
        let linear = try FakeLinear()
        let results = await (try linear.publication(token: "lin_api_wrong-one")).publish(.example(1))
        let failure = try #require(results.failure)
        #expect(failure.description.contains("LINEAR_API_KEY") && !failure.description.contains("lin_api_wrong-one"))
    }

    @Test("a dry run shows issue and attachment, and makes neither")
    func rehearsal() async throws {
        let linear = try FakeLinear()
        let shown = Mutex<[String]>([])
        let publication = try linear.publication(rehearsal: { request in shown.withLock { $0.append(request.text) } })
        #expect(await publication.publish(.example(1, issues: [Self.issue()])).ends == ["planned"])
        let texts = shown.withLock { $0 }
        #expect(texts.count == 2 && texts[0].contains("issueCreate") && texts[1].contains("attachmentCreate"))
        #expect(linear.state.withLock { $0.issues.isEmpty })
    }

    @Test("the id of an issue is a UUID of version 4, the same for the same finding")
    func identifier() {
        let id = LinearPlace.identifier("a", "b")
        #expect(id == LinearPlace.identifier("a", "b") && id != LinearPlace.identifier("a", "c"))
        #expect(id.wholeMatch(of: #/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/#) != nil)
    }
}
