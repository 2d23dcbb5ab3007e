import Formats
import Foundation
import HTTPClient
import Synchronization
import TestSupport
import Testing

@testable import Publication

/// Notes on a GitLab of our own. Its fields are those of "Notes API" in GitLab's documentation.
@Suite struct GitLabPublicationTests {
    private final class FakeGitLab: Sendable {
        let notes = Mutex<[[String: JSONValue]]>([])
        let lost = Mutex(0)
        let limited = Mutex(0)
        private let server = Mutex<LoopbackHTTPServer?>(nil)

        init() throws {
            let made = try LoopbackHTTPServer { [weak self] request in self?.respond(to: request) ?? .silence }
            server.withLock { $0 = made }
        }

        var requests: [LoopbackHTTPServer.Request] { server.withLock { $0?.requests ?? [] } }

        func publication(token: String = "glpat-made-up", _ patience: Patience = .instant()) throws -> GitLabPublication
        {
            let port = server.withLock { $0?.port ?? 0 }
            let place = try GitLabPlace(
                environment: [
                    "CI_API_V4_URL": "http://127.0.0.1:\(port)/api/v4", "CI_PROJECT_ID": "1",
                    "CI_MERGE_REQUEST_PROJECT_ID": "example/platform", "CI_MERGE_REQUEST_IID": "9",
                ])
            return try GitLabPublication(at: place, token: token, http: HTTPClient(), patience: patience)
        }

        private func respond(to request: LoopbackHTTPServer.Request) -> LoopbackHTTPServer.Reply {
            guard request.header("PRIVATE-TOKEN") == "glpat-made-up" else {
                return .json(#"{"message":"401 Unauthorized"}"#, status: 401)
            }
            if limited.withLock({ left in
                left > 0
                    ? ({
                        left -= 1; return true
                    }()) : false
            }) {
                return .response(429, headers: [("Retry-After", "12")], body: "Retry later")
            }
            let body = (try? JSON.decode(JSONValue.self, from: Data(request.body))) ?? .null
            let list = "/api/v4/projects/example%2Fplatform/merge_requests/9/notes"
            let answer = notes.withLock { notes -> JSONValue? in
                switch (request.method, request.path) {
                case ("GET", "/api/v4/user"): return ["id": 7, "username": "project_1_bot"]
                case ("GET", list):
                    let number = request.target.contains("&page=2") ? 1 : 0
                    return .array(notes.dropFirst(number * 100).prefix(100).map(JSONValue.object))
                case ("POST", list):
                    notes.append([
                        "id": .integer(Int64(notes.count + 1)), "body": body["body"] ?? .null, "author": ["id": 7],
                        "system": false,
                    ])
                    return .object(notes[notes.count - 1])
                case ("PUT", let path) where path.hasPrefix(list + "/"):
                    guard let index = notes.firstIndex(where: { path.hasSuffix("/\($0["id"]?.text ?? "")") }) else {
                        return nil
                    }
                    notes[index]["body"] = body["body"]
                    return .object(notes[index])
                default: return nil
                }
            }
            if request.method == "POST",
                lost.withLock({ left in
                    left > 0
                        ? ({
                            left -= 1; return true
                        }()) : false
                })
            {
                return .silence
            }
            guard let answer else { return .json(#"{"message":"404 Not Found"}"#, status: 404) }
            return .json((try? JSON.text(answer)) ?? "", status: request.method == "POST" ? 201 : 200)
        }
    }

    @Test("five publications give one note; lost answers and limits change nothing in that")
    func onceAgain() async throws {
        let gitlab = try FakeGitLab()
        gitlab.lost.withLock { $0 = 1 }
        gitlab.limited.withLock { $0 = 1 }
        let waits = Waits()
        var ends: [String] = []
        for number in 1...5 { ends += await (try gitlab.publication(.instant(waits))).publish(.example(number)).ends }
        ends += await (try gitlab.publication()).publish(.example(5)).ends
        #expect(ends == ["created", "updated", "updated", "updated", "updated", "unchanged"])
        #expect(gitlab.notes.withLock { $0.count } == 1)
        #expect(gitlab.notes.withLock { $0[0]["body"]?.string?.contains("run 5") } == true)
        #expect(waits.all.first == .seconds(12))
    }

    @Test("notes of others and of GitLab itself are left alone, and the own one is found on the second page")
    func others() async throws {
        let gitlab = try FakeGitLab()
        let foreign = "words\n\n\(PublishedRun.marker)"
        gitlab.notes.withLock { notes in
            notes = (1...120).map { number in
                ["id": .integer(Int64(number)), "body": .string(foreign), "author": ["id": 5], "system": false]
            }
            notes.append(["id": 200, "body": .string(foreign), "author": ["id": 7], "system": true])
            notes.append(["id": 201, "body": .string(foreign), "author": ["id": 7], "system": false])
        }
        #expect(await (try gitlab.publication()).publish(.example(2)).ends == ["updated"])
        let bodies = gitlab.notes.withLock { $0.map { $0["body"]?.string } }
        #expect(bodies.filter { $0 == foreign }.count == 121)
        #expect(bodies.last??.contains("run 2") == true)
    }

    @Test("a wrong token says which one is needed, and never itself")
    func wrongToken() async throws {
        let gitlab = try FakeGitLab()
        let failure = try #require(await (try gitlab.publication(token: "glpat-wrong-one")).publish(.example()).failure)
        #expect(failure.status == 401)
        #expect(failure.description.contains("scope `api`") && !failure.description.contains("glpat-wrong-one"))
    }

    @Test("an answer without what it must have is told, and changes nothing")
    func malformed() async throws {
        let gitlab = try FakeGitLab()
        let note: [String: JSONValue] = [
            "id": "none", "body": .string("words\n\n\(PublishedRun.marker)"), "author": ["id": 7], "system": false,
        ]
        gitlab.notes.withLock { $0 = [note] }
        let failure = try #require(await (try gitlab.publication()).publish(.example(2)).failure)
        #expect(failure.code == .malformed && failure.description.contains("notes with ids"), "\(failure)")
        #expect(gitlab.notes.withLock { $0 } == [note])
    }

    @Test("outside of a merge request there is nowhere to write")
    func noMergeRequest() {
        #expect(throws: PublicationError.self) { try GitLabPlace(environment: ["CI_PROJECT_ID": "1"]) }
        #expect(throws: PublicationError.self) { try GitLabPlace(environment: ["CI_MERGE_REQUEST_IID": "1"]) }
    }
}
