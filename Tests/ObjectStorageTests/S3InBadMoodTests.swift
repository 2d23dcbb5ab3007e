import AWSClient
import Formats
import Foundation
import HTTPClient
import Synchronization
import TestSupport
import Testing

@testable import ObjectStorage

/// An S3 on a loopback port that is slow, breaks off, refuses or sends elsewhere: what is waited out, and what is said of the rest.
@Suite struct S3InBadMoodTests {
    private typealias Reply = LoopbackHTTPServer.Reply

    private static func store(_ server: LoopbackHTTPServer, region: String = "eu-west-1") throws -> S3ObjectStore {
        let retry = AWSRetry(base: .milliseconds(1), cap: .milliseconds(2))
        let aws = AWSClient(
            .init(region: region, endpointURL: server.url, deadline: .seconds(1), retry: retry),
            surroundings: CredentialSurroundings(
                environment: ["AWS_ACCESS_KEY_ID": "AKIAFAKE", "AWS_SECRET_ACCESS_KEY": "fake-secret"],
                readFile: { _ in nil }, transport: HTTPClient()))
        return S3ObjectStore(aws, at: try StoreLocation("s3://bucket/state"))
    }

    private static let content = Array("the whole object".utf8)

    private static func found(_ bytes: [UInt8] = content, length: Int? = nil) -> Reply {
        var reply = Reply.response(
            206,
            headers: [
                ("ETag", "\"1\""), ("x-amz-meta-sha256", Digest.sha256Hex(of: content)),
                ("Content-Range", "bytes 0-\(content.count - 1)/\(content.count)"),
            ], bytes: bytes)
        if let length {
            let head = "HTTP/1.1 206 Scripted\r\nContent-Length: \(length)\r\nETag: \"1\"\r\n\r\n"
            reply = Reply(steps: [.send(Array(head.utf8) + bytes), .close])
        }
        return reply
    }

    private static func error(_ status: Int, _ code: String, headers: [(String, String)] = []) -> Reply {
        .response(status, headers: headers, body: "<Error><Code>\(code)</Code><Message>no</Message></Error>")
    }

    struct Mood: Sendable, CustomTestStringConvertible {
        let testDescription: String
        fileprivate let reply: LoopbackHTTPServer.Reply
    }

    static let passing = [
        Mood(testDescription: "503 SlowDown", reply: error(503, "SlowDown")),
        Mood(testDescription: "500", reply: error(500, "InternalError")),
        Mood(testDescription: "the connection is reset", reply: .reset),
        Mood(testDescription: "no answer", reply: .silence),
        Mood(testDescription: "an answer that comes too late", reply: .response(200, after: .seconds(2))),
        Mood(testDescription: "a body that is cut off", reply: found(Array(content.prefix(5)), length: content.count)),
        Mood(testDescription: "no HTTP", reply: .raw("SSH-2.0-OpenSSH_9.2\r\n")),
    ]

    @Test(arguments: passing)
    func `what passes is waited out`(mood: Mood) async throws {
        let isFirst = Mutex(true)
        let server = try LoopbackHTTPServer { _ in
            let isBad = isFirst.withLock { first in
                defer { first = false }
                return first
            }
            return isBad ? mood.reply : Self.found()
        }
        defer { server.stop() }
        #expect(try await Self.store(server).get("a")?.bytes == Self.content)
        #expect(server.requests.count >= 2)
    }

    @Test(arguments: passing)
    func `what lasts is no answer, and is said so with what to do`(mood: Mood) async throws {
        let server = try LoopbackHTTPServer { _ in mood.reply }
        defer { server.stop() }
        let store = try Self.store(server)
        let error = await #expect(throws: ObjectStoreError.self) { try await store.get("a") }
        #expect(error?.code == .unanswered, "\(String(describing: error))")
        #expect(error?.description.contains("could not read s3://bucket/state/a") == true)
        #expect(error?.description.contains("give the same command again") == true, "\(error?.description ?? "")")
    }

    // MARK: Refusals

    @Test func `a permission that is missing is named by its action, with how to get it`() async throws {
        let server = try LoopbackHTTPServer { _ in Self.error(403, "AccessDenied") }
        defer { server.stop() }
        let store = try Self.store(server)
        let calls: [(action: String, call: () async throws -> Void)] = [
            ("s3:ListBucket", { _ = try await store.list("files/") }),
            ("s3:GetObject", { _ = try await store.get("a") }),
            ("s3:PutObject", { _ = try await store.put("a", [], if: .absent) }),
            ("s3:DeleteObject", { try await store.delete("a") }),
        ]
        for (action, call) in calls {
            let error = await #expect(throws: ObjectStoreError.self) { try await call() }
            #expect(error?.code == .refused)
            #expect(error?.description.contains("not allowed to call \(action)") == true, "\(error?.description ?? "")")
            #expect(error?.description.contains("plumbline policy --state s3://bucket/state/") == true)
        }
    }

    @Test(arguments: [
        ("ExpiredToken", 400, "renew the credentials"), ("InvalidAccessKeyId", 403, "renew the credentials"),
        ("AuthorizationHeaderMalformed", 400, "another region"), ("PermanentRedirect", 301, "another region"),
        ("NoSuchBucket", 404, "make the bucket"), ("KMS.DisabledException", 400, "KMS.DisabledException"),
    ])
    func `a refusal says what to do`(code: String, status: Int, words: String) async throws {
        let server = try LoopbackHTTPServer { _ in Self.error(status, code) }
        defer { server.stop() }
        let store = try Self.store(server)
        let error = await #expect(throws: ObjectStoreError.self) { try await store.put("a", [], if: .absent) }
        #expect(error?.code == .refused)
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    @Test func `a machine whose clock is off is told by how much`() async throws {
        let server = try LoopbackHTTPServer { _ in
            Self.error(403, "RequestTimeTooSkewed", headers: [("Date", "Thu, 01 Jan 2026 00:00:00 GMT")])
        }
        defer { server.stop() }
        let error = await #expect(throws: ObjectStoreError.self) { try await Self.store(server).get("a") }
        #expect(error?.description.contains("clock is") == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("set this machine's clock") == true)
    }

    // MARK: Regions

    private static func region(of request: LoopbackHTTPServer.Request) -> String {
        let scope = request.header("authorization")?.split(separator: "/") ?? []
        return scope.count > 2 ? String(scope[2]) : ""
    }

    @Test func `a bucket in another region is asked there`() async throws {
        let server = try LoopbackHTTPServer { request in
            Self.region(of: request) == "eu-central-1"
                ? Self.found()
                : Self.error(301, "PermanentRedirect", headers: [("x-amz-bucket-region", "eu-central-1")])
        }
        defer { server.stop() }
        #expect(try await Self.store(server).get("a")?.bytes == Self.content)
    }

    @Test func `an endpoint that names another region each time is given up`() async throws {
        let server = try LoopbackHTTPServer { request in
            let other = Self.region(of: request) == "eu-central-1" ? "eu-west-1" : "eu-central-1"
            return Self.error(301, "PermanentRedirect", headers: [("x-amz-bucket-region", other)])
        }
        defer { server.stop() }
        let error = await #expect(throws: ObjectStoreError.self) { try await Self.store(server).get("a") }
        #expect(error?.description.contains("another region") == true)
        #expect(server.requests.count == 2)
    }

    // MARK: Files

    @Test func `a large object becomes a file piece by piece, and a damaged or too large one leaves none`()
        async throws
    {
        try await withTemporaryDirectory { directory in
            let whole = [UInt8](repeating: 7, count: S3ObjectStore.partSize + 3)
            let digests = [
                ("good", Digest.sha256Hex(of: whole)), ("bad", Digest.sha256Hex(of: [])), ("foreign", ""),
            ]
            let server = try LoopbackHTTPServer { request in
                let digest = digests.first { request.path.hasSuffix($0.0) }?.1 ?? ""
                let range = request.header("range")?.dropFirst("bytes=".count).split(separator: "-").compactMap {
                    Int($0)
                }
                let (first, last) = (range?.first ?? 0, min(range?.last ?? 0, whole.count - 1))
                return .response(
                    206,
                    headers: [("ETag", "\"1\""), ("Content-Range", "bytes \(first)-\(last)/\(whole.count)")]
                        + (digest.isEmpty ? [] : [("x-amz-meta-sha256", digest)]), bytes: Array(whole[first...last]))
            }
            defer { server.stop() }
            let aws = AWSClient(
                .init(region: "eu-west-1", endpointURL: server.url),
                surroundings: CredentialSurroundings(
                    environment: ["AWS_ACCESS_KEY_ID": "AKIAFAKE", "AWS_SECRET_ACCESS_KEY": "fake-secret"],
                    readFile: { _ in nil }, transport: HTTPClient()))
            let store = S3ObjectStore(aws, at: try StoreLocation("s3://bucket/state"))
            for (name, digest) in digests where name != "bad" {
                let path = directory.appending(path: name).path
                let found = try await store.download(name, to: path, atMost: .max)
                #expect(found == Digest.sha256Hex(of: whole))
                #expect(digest.isEmpty || found == digest)
                #expect([UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) == whole)
            }
            for (name, limit, code) in [
                ("bad", Int64.max, ObjectStoreError.Code.damaged), ("good", 100, .tooLarge),
            ] {
                let path = directory.appending(path: "no-\(name)").path
                let error = await #expect(throws: ObjectStoreError.self) {
                    try await store.download(name, to: path, atMost: limit)
                }
                #expect(error?.code == code)
                #expect(!FileManager.default.fileExists(atPath: path))
            }
        }
    }
}
