import CZlib
import Formats
import Foundation
import HTTPClient
import Synchronization
import TestSupport
import Testing

@testable import Publication

/// Publications on a GitHub of our own: however often, and whatever is lost, there is one of each.
@Suite struct GitHubPublicationTests {
    @Test("five publications give one comment, which says what the last run says")
    func onceAgain() async throws {
        let github = try FakeGitHub()
        var ends: [String] = []
        for number in 1...5 { ends += await (try github.publication()).publish(.example(number), [.comment]).ends }
        #expect(ends == ["created", "updated", "updated", "updated", "updated"])
        #expect(github.own.count == 1)
        #expect(github.own.first?.contains("run 5") == true)
    }

    @Test("the same run once more writes nothing")
    func unchanged() async throws {
        let github = try FakeGitHub()
        _ = await (try github.publication()).publish(.example(), [.comment])
        // As GitHub keeps it when it came through a form.
        github.state.withLock { state in
            state.comments[0]["body"] = .string((state.comments[0]["body"]?.string ?? "").replacing("\n", with: "\r\n"))
        }
        #expect(await (try github.publication()).publish(.example(), [.comment]).ends == ["unchanged"])
        #expect(github.count("PATCH", "/") == 0)
    }

    @Test("a comment whose answer is lost is looked for, and not written a second time")
    func lostAnswer() async throws {
        let github = try FakeGitHub()
        github.fail("POST", "/issues/7/comments", .lost)
        #expect(await (try github.publication()).publish(.example(), [.comment]).ends == ["created"])
        #expect(github.own.count == 1)
        #expect(github.count("POST", "/issues/7/comments") == 1)
    }

    @Test(
        "what the service fails, drops or limits is sent again, as late as it asks for",
        arguments: [
            (FakeGitHub.Mishap.answer(502), Duration.milliseconds(500)),
            (.answer(500), .milliseconds(500)), (.dropped, .milliseconds(500)),
            (.answer(429, [("Retry-After", "7")]), .seconds(7)),
            (
                .answer(403, [("retry-after", "9")], #"{"message":"You have exceeded a secondary rate limit"}"#),
                .seconds(9)
            ),
            (.answer(403, [], #"{"message":"You have exceeded a secondary rate limit"}"#), .seconds(60)),
            (.answer(403, [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1770091536")]), .seconds(31)),
        ])
    func patience(mishap: FakeGitHub.Mishap, wait: Duration) async throws {
        for (method, path) in [("POST", "/issues/7/comments"), ("GET", "/issues/7/comments"), ("POST", "/graphql")] {
            let github = try FakeGitHub()
            let waits = Waits()
            github.fail(method, path, mishap)
            let results = await (try github.publication(patience: .instant(waits))).publish(.example(), [.comment])
            #expect(results.ends == ["created"], "\(method) \(path): \(results.map(\.line))")
            #expect(waits.all == [wait], "\(method) \(path)")
            #expect(github.own.count == 1)
        }
    }

    @Test("a limit that lasts longer than anybody waits ends with when to come back")
    func limited() async throws {
        let github = try FakeGitHub()
        github.fail("GET", "/issues/7", .answer(429, [("retry-after", "3600")]))
        let failure = await (try github.publication()).publish(.example(), [.comment]).failure
        #expect(failure?.code == .limited)
        #expect(failure?.problem.contains("3600 s") == true)
        #expect(github.own.isEmpty)
    }

    @Test("a service that fails every time ends with what failed, after four attempts")
    func failing() async throws {
        let github = try FakeGitHub()
        github.fail("GET", "/issues/7", .answer(502), .answer(502), .answer(502), .answer(502))
        let failure = await (try github.publication()).publish(.example(), [.comment]).failure
        #expect(failure?.status == 502)
        #expect(github.count("GET", "/issues/7") == 4)
    }

    @Test(
        "a refusal says what to do, and never the token",
        arguments: [
            (401, #"{"message":"Bad credentials"}"#, "not valid"),
            (403, #"{"message":"Resource not accessible by integration"}"#, "pull-requests: write"),
            (404, #"{"message":"Not Found"}"#, "--pull-request"),
            (
                422,
                #"{"message":"Validation Failed","errors":[{"resource":"IssueComment","code":"unprocessable","field":"data"}]}"#,
                "IssueComment data unprocessable"
            ),
        ])
    func refused(status: Int, body: String, advice: String) async throws {
        let github = try FakeGitHub()
        github.fail("POST", "/issues/7/comments", .answer(status, [], body))
        let results = await (try github.publication()).publish(.example(), [.comment])
        let line = try #require(results.failure).description
        #expect(line.contains("\(status)") && line.contains(advice), "\(line)")
        #expect(!line.contains(FakeGitHub.token))
        #expect(github.count("POST", "/issues/7/comments") == 1)
    }

    @Test("a wrong token is refused before anything is written")
    func wrongToken() async throws {
        let github = try FakeGitHub()
        let results = await (try github.publication(token: "ghs_another-made-up-token")).publish(.example())
        #expect(results.ends == ["failed", "failed"])
        #expect(results.failure?.status == 401)
        #expect(github.state.withLock { $0.comments.isEmpty && $0.checks.isEmpty })
    }

    @Test("a comment with the same marker by somebody else is left alone")
    func foreignMarker() async throws {
        let github = try FakeGitHub()
        let foreign = "my own words\n\n\(PublishedRun.marker)\n"
        github.comment(foreign, by: ["login": "somebody", "id": 5, "type": "User"])
        // Same name without the ending of apps.
        github.comment(foreign, by: ["login": "github-actions", "id": 6, "type": "Bot"])
        github.comment("a quotation: \(PublishedRun.marker) and more", by: FakeGitHub.me)
        #expect(await (try github.publication()).publish(.example(2), [.comment]).ends == ["created"])
        let bodies = github.state.withLock { $0.comments.map { $0["body"]?.string } }
        #expect(bodies.count == 4 && bodies[0] == foreign && bodies[2]?.hasPrefix("a quotation") == true)
    }

    @Test("the own comment is found on the second page")
    func secondPage() async throws {
        let github = try FakeGitHub()
        for number in 0..<130 {
            github.comment("talk \(number)", by: ["login": "somebody", "id": 5, "type": "User"])
        }
        github.comment("old\n\n\(PublishedRun.marker)", by: FakeGitHub.me)
        #expect(await (try github.publication()).publish(.example(3), [.comment]).ends == ["updated"])
        #expect(github.own.count == 1 && github.own[0].contains("run 3"))
        #expect(github.count("GET", "page=2") == 1)
    }

    @Test("outside of a pull request there is no comment, unless it was asked for")
    func noPullRequest() async throws {
        let github = try FakeGitHub()
        let publication = try github.publication(pullRequest: nil)
        #expect(await publication.publish(.example()).ends == ["skipped", "created"])
        #expect(await publication.publish(.example(), [.comment]).ends == ["failed"])
    }

    @Test("a dry run shows what it would send and writes nothing")
    func rehearsal() async throws {
        let github = try FakeGitHub()
        let shown = Mutex<[PlannedRequest]>([])
        let publication = try github.publication(rehearsal: { request in shown.withLock { $0.append(request) } })
        let results = await publication.publish(.example(), [.comment, .check, .sarif])
        #expect(results.ends == ["planned", "planned", "planned"])
        let requests = shown.withLock { $0 }
        #expect(requests.map(\.method) == ["POST", "POST", "POST"])
        #expect(requests[0].text.contains("run 1"))
        #expect(requests[2].text.contains("gzip in base64") && !requests[2].text.contains("H4sI"))
        #expect(!requests.contains { $0.text.contains(FakeGitHub.token) })
        let state = github.state.withLock { ($0.comments.count, $0.checks.count, $0.analyses.count) }
        #expect(state == (0, 0, 0))
    }

    // MARK: Check runs

    @Test("a check run has every annotation once, also when it is published again or was cut off")
    func checkRun() async throws {
        let github = try FakeGitHub()
        let run = PublishedRun.example(annotations: 120)
        github.fail("PATCH", "/check-runs/", .answer(403, [], #"{"message":"no"}"#))
        #expect(await (try github.publication()).publish(run, [.check]).ends == ["failed"])
        #expect(await (try github.publication()).publish(run, [.check]).ends == ["updated"])
        #expect(await (try github.publication()).publish(run, [.check]).ends == ["updated"])
        let checks = github.state.withLock { $0.checks }
        #expect(checks.count == 1)
        #expect(checks[0]["output"]?["annotations_count"] == 120)
        #expect(checks[0]["conclusion"] == "failure")
        let sizes = github.requests.filter { $0.method != "GET" }.compactMap {
            try? JSON.decode(JSONValue.self, from: Data($0.body)).at("output.annotations")?.array?.count
        }
        #expect(sizes.allSatisfy { $0 <= 50 }, "\(sizes)")
    }

    @Test("a check run whose answer is lost is not made twice")
    func lostCheckRun() async throws {
        let github = try FakeGitHub()
        github.fail("POST", "/check-runs", .lost)
        #expect(await (try github.publication()).publish(.example(), [.check]).ends == ["created"])
        #expect(github.state.withLock { $0.checks.count } == 1)
    }

    @Test("a person's token makes no check run and is not asked to")
    func personalToken() async throws {
        let github = try FakeGitHub()
        let results = await (try github.publication(token: "ghp_made-up-token-of-a-person")).publish(.example())
        #expect(results.ends == ["failed", "skipped"])
        #expect(github.count("GET", "/check-runs") == 0)
    }

    @Test(
        "the conclusion of a check run follows the exit code",
        arguments: [
            ("pass", 0, "success"), ("warnings", 0, "neutral"), ("warnings", 4, "failure"), ("fail", 3, "failure"),
            ("inconclusive", 5, "failure"), ("stopped", 6, "failure"), ("undo-incomplete", 7, "failure"),
            ("interrupted", 143, "cancelled"),
        ])
    func conclusion(verdict: String, code: Int32, conclusion: String) {
        #expect(GitHubPublication.conclusion(of: .example(verdict: verdict, exitCode: code)) == conclusion)
    }

    // MARK: Analyses

    @Test("the analysis arrives as it was, packed, for the commit and the reference that were tested")
    func analysis() async throws {
        let github = try FakeGitHub()
        let run = PublishedRun.example()
        #expect(await (try github.publication()).publish(run, [.sarif]).ends == ["created"])
        let body = try #require(github.state.withLock { $0.analyses.first })
        #expect(body["ref"] == "refs/pull/7/merge")
        #expect(body["commit_sha"] == "89abcdef0123456789abcdef0123456789abcdef")
        let packed = try #require(Data(base64Encoded: body["sarif"]?.string ?? ""))
        #expect(Self.unpack([UInt8](packed), limit: 1 << 20) == run.sarif)
    }

    @Test("a run that did not end closes no alerts: it uploads no analysis")
    func incomplete() async throws {
        let github = try FakeGitHub()
        #expect(await (try github.publication()).publish(.example(isComplete: false), [.sarif]).ends == ["skipped"])
        #expect(github.state.withLock { $0.analyses.isEmpty })
    }

    private static func unpack(_ bytes: [UInt8], limit: Int) -> [UInt8] {
        var stream = z_stream()
        inflateInit2_(&stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        defer { inflateEnd(&stream) }
        var input = bytes
        var output = [UInt8](repeating: 0, count: limit)
        input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(target.count)
                _ = inflate(&stream, Z_FINISH)
            }
        }
        return Array(output.prefix(Int(stream.total_out)))
    }
}
