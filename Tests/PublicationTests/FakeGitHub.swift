import Formats
import Foundation
import HTTPClient
import Synchronization
import TestSupport

@testable import Publication

/// The part of GitHub that a publication needs, on loopback, with mishaps that a test scripts.
final class FakeGitHub: Sendable {
    /// What happens to the next request of a method and a path.
    enum Mishap: Sendable {
        /// It is answered so and not done.
        case answer(Int, [(String, String)] = [], String = "{}")
        /// It is done, and the connection ends without an answer.
        case lost
        /// It is not done, and the connection ends without an answer.
        case dropped
    }

    struct State {
        var comments: [[String: JSONValue]] = []
        var checks: [[String: JSONValue]] = []
        var analyses: [JSONValue] = []
        var mishaps: [(method: String, path: String, mishap: Mishap)] = []
        var nextID: Int64 = 1000
    }

    let state = Mutex(State())
    private let server = Mutex<LoopbackHTTPServer?>(nil)
    static let me: JSONValue = ["login": "github-actions[bot]", "id": 41, "type": "Bot"]
    static let token = "ghs_made-up-token-of-a-test"

    init() throws {
        let made = try LoopbackHTTPServer { [weak self] request in self?.respond(to: request) ?? .silence }
        server.withLock { $0 = made }
    }

    var requests: [LoopbackHTTPServer.Request] { server.withLock { $0?.requests ?? [] } }
    var address: String { server.withLock { "http://127.0.0.1:\($0?.port ?? 0)" } }

    func count(_ method: String, _ part: String) -> Int {
        requests.count { $0.method == method && $0.target.contains(part) }
    }

    func publication(
        pullRequest: Int? = 7, token: String = FakeGitHub.token, patience: Patience = .instant(),
        rehearsal: (@Sendable (PlannedRequest) -> Void)? = nil
    ) throws -> GitHubPublication {
        try GitHubPublication(
            at: GitHubPlace(
                repository: "example/platform", pullRequest: pullRequest,
                head: "0123456789abcdef0123456789abcdef01234567",
                commit: "89abcdef0123456789abcdef0123456789abcdef", reference: "refs/pull/7/merge", api: address),
            token: token, http: HTTPClient(), patience: patience, rehearsal: rehearsal)
    }

    func fail(_ method: String, _ path: String, _ mishaps: Mishap...) {
        state.withLock { state in state.mishaps += mishaps.map { (method, path, $0) } }
    }

    func comment(_ body: String, by user: JSONValue) {
        state.withLock { state in
            state.nextID += 1
            state.comments.append(["id": .integer(state.nextID), "body": .string(body), "user": user])
        }
    }

    var own: [String] {
        state.withLock { $0.comments.filter { $0["user"] == Self.me }.compactMap { $0["body"]?.string } }
    }

    // MARK: Answers

    private func respond(to request: LoopbackHTTPServer.Request) -> LoopbackHTTPServer.Reply {
        let mishap = state.withLock { state -> Mishap? in
            let index = state.mishaps.firstIndex { $0.method == request.method && request.target.contains($0.path) }
            return index.map { state.mishaps.remove(at: $0).mishap }
        }
        switch mishap {
        case .answer(let status, let headers, let body): return .response(status, headers: headers, body: body)
        case .dropped: return .silence
        case .lost:
            _ = answer(request)
            return .silence
        case nil: break
        }
        guard request.header("Authorization") == "Bearer \(Self.token)" else {
            return .json(#"{"message":"Bad credentials"}"#, status: 401)
        }
        let (status, value) = answer(request)
        return .json((try? JSON.text(value)) ?? "", status: status)
    }

    private func answer(_ request: LoopbackHTTPServer.Request) -> (Int, JSONValue) {
        let body = (try? JSON.decode(JSONValue.self, from: Data(request.body))) ?? .null
        let last = request.path.split(separator: "/").last.map(String.init) ?? ""
        let isList = request.method == "GET"
        return state.withLock { state in
            switch (request.method, request.path) {
            case ("POST", "/graphql"):
                return (200, ["data": ["viewer": ["login": "github-actions[bot]", "databaseId": 41]]])
            case (_, "/repos/example/platform/issues/7/comments") where isList:
                return (200, .array(page(state.comments.map(JSONValue.object), request)))
            case (_, "/repos/example/platform/issues/7/comments"):
                state.nextID += 1
                state.comments.append([
                    "id": .integer(state.nextID), "body": body["body"] ?? .null, "user": Self.me,
                    "html_url": .string("https://github.invalid/c/\(state.nextID)"),
                ])
                return (201, .object(state.comments[state.comments.count - 1]))
            case ("PATCH", let path) where path.contains("/issues/comments/"):
                guard let index = state.comments.firstIndex(where: { $0["id"]?.text == last }) else {
                    return (404, [:])
                }
                state.comments[index]["body"] = body["body"]
                return (200, .object(state.comments[index]))
            case (_, let path) where isList && path.hasSuffix("/check-runs"):
                return (200, ["check_runs": .array(page(state.checks.map(JSONValue.object), request))])
            case ("POST", "/repos/example/platform/check-runs"):
                state.nextID += 1
                var check = body.object ?? [:]
                check["id"] = .integer(state.nextID)
                check["output"] = counted(check["output"], adding: 0)
                state.checks.append(check)
                return (201, .object(check))
            case ("PATCH", let path) where path.contains("/check-runs/"):
                guard let index = state.checks.firstIndex(where: { $0["id"]?.text == last }) else { return (404, [:]) }
                let known =
                    state.checks[index]["output"]?["annotations_count"]?.number.flatMap(Int64.init(exactly:)) ?? 0
                state.checks[index].merge(body.object ?? [:]) { $1 }
                state.checks[index]["output"] = counted(body["output"], adding: known)
                return (200, .object(state.checks[index]))
            case ("POST", "/repos/example/platform/code-scanning/sarifs"):
                state.analyses.append(body)
                return (202, ["id": "47177e22"])
            case (_, "/repos/example/platform/code-scanning/sarifs/47177e22"):
                return (200, ["processing_status": "complete", "analyses_url": "https://github.invalid/a"])
            default: return (404, ["message": "Not Found"])
            }
        }
    }

    /// GitHub keeps the annotations of every request and tells how many there are.
    private func counted(_ output: JSONValue?, adding known: Int64) -> JSONValue {
        var output = output?.object ?? [:]
        output["annotations_count"] = .integer(known + Int64(output["annotations"]?.array?.count ?? 0))
        return .object(output)
    }

    private func page(_ all: [JSONValue], _ request: LoopbackHTTPServer.Request) -> [JSONValue] {
        let items = URLComponents(string: request.target)?.queryItems ?? []
        let number = items.first { $0.name == "page" }?.value.flatMap { Int($0) } ?? 1
        return Array(all.dropFirst((number - 1) * 100).prefix(100))
    }
}
