import AWSClient
import Foundation
import HTTPClient
import Synchronization
import TestSupport
import Testing

@testable import ObjectStorage

/// What goes over the wire, and what answers mean.
@Suite struct S3ObjectStoreTests {
    private final class Transport: AWSTransport {
        private let state = Mutex<[HTTPRequest]>([])
        private let answer: @Sendable (HTTPRequest) -> HTTPResponse

        init(_ answer: @escaping @Sendable (HTTPRequest) -> HTTPResponse) { self.answer = answer }

        var requests: [HTTPRequest] { state.withLock { $0 } }

        func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
            state.withLock { $0.append(request) }
            return answer(request)
        }
    }

    private static func store(_ transport: Transport, kmsKey: String? = nil) throws -> S3ObjectStore {
        let aws = AWSClient(
            .init(region: "eu-west-1", retry: AWSRetry(maximumAttempts: 1)),
            surroundings: CredentialSurroundings(
                environment: ["AWS_ACCESS_KEY_ID": "AKIAFAKE", "AWS_SECRET_ACCESS_KEY": "fake-secret"],
                readFile: { _ in nil }, transport: transport))
        return S3ObjectStore(aws, at: try StoreLocation("s3://bucket/some/prefix"), kmsKey: kmsKey)
    }

    private static func answer(_ status: Int, _ code: String = "", eTag: String? = nil) -> HTTPResponse {
        HTTPResponse(
            status: status, headers: HTTPHeaders(eTag.map { [HTTPHeader("ETag", $0)] } ?? []),
            body: Array((code.isEmpty ? "" : "<Error><Code>\(code)</Code><Message>no</Message></Error>").utf8))
    }

    @Test func `a write carries its condition, its checksum and its key`() async throws {
        let transport = Transport { _ in Self.answer(200, eTag: "\"1\"") }
        let store = try Self.store(transport, kmsKey: "alias/state")
        #expect(try await store.put("a/b", Array("x".utf8), if: .absent) == .written(version: "\"1\""))
        #expect(try await store.put("a/b", Array("x".utf8), if: .matching(version: "\"1\"")) == .written(version: "\"1\""))
        let (first, second) = (transport.requests[0], transport.requests[1])
        #expect(first.url == "https://bucket.s3.eu-west-1.amazonaws.com/some/prefix/a/b")
        let headers = HTTPHeaders(first.headers)
        #expect(headers["if-none-match"] == "*")
        #expect(headers["x-amz-checksum-sha256"] == "LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=")
        #expect(headers["x-amz-server-side-encryption-aws-kms-key-id"] == "alias/state")
        #expect(HTTPHeaders(second.headers)["if-match"] == "\"1\"")
    }

    @Test(arguments: [
        (412, "PreconditionFailed", ObjectPut.refused), (409, "ConditionalRequestConflict", .conflict),
        (404, "NoSuchKey", .refused),
    ])
    func `refusals are told apart`(status: Int, code: String, result: ObjectPut) async throws {
        let store = try Self.store(Transport { _ in Self.answer(status, code) })
        #expect(try await store.put("a", [], if: .matching(version: "\"1\"")) == result)
    }

    @Test func `without a bucket or a permission it says so, and what to do`() async throws {
        for (status, code, words) in [
            (404, "NoSuchBucket", "make the bucket"), (403, "AccessDenied", "plumbline policy"),
        ] {
            let store = try Self.store(Transport { _ in Self.answer(status, code) })
            let error = await #expect(throws: ObjectStoreError.self) { try await store.get("a") }
            #expect(error?.code == .refused)
            #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        }
        let failing = try Self.store(Transport { _ in Self.answer(503, "SlowDown") })
        let error = await #expect(throws: ObjectStoreError.self) { try await failing.put("a", [], if: .absent) }
        #expect(error?.code == .unanswered)
    }

    @Test func `an object that was cut off or changed on the way is refused`() async throws {
        let whole = Array("the whole".utf8)
        let transport = Transport { _ in
            HTTPResponse(
                status: 206,
                headers: [
                    HTTPHeader("etag", "\"1\""), HTTPHeader("x-amz-meta-sha256", String(repeating: "0", count: 64)),
                    HTTPHeader("content-range", "bytes 0-8/9"),
                ], body: whole)
        }
        let error = await #expect(throws: ObjectStoreError.self) { try await Self.store(transport).get("a") }
        #expect(error?.code == .damaged)
    }

    @Test func `a large file goes in parts, and a failure leaves none of them`() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "bundle")
            try Data(count: S3ObjectStore.partSize + 1).write(to: file)
            let transport = Transport { request in
                if request.url.hasSuffix("?uploads") {
                    let text = "<InitiateMultipartUploadResult><UploadId>up</UploadId></InitiateMultipartUploadResult>"
                    return HTTPResponse(status: 200, body: Array(text.utf8))
                }
                if request.method == "POST" { return Self.answer(200, "InternalError") }
                return Self.answer(200, eTag: "\"p\"")
            }
            await #expect(throws: ObjectStoreError.self) {
                try await Self.store(transport).upload(file.path, as: "bundle")
            }
            let methods = transport.requests.map(\.method)
            #expect(methods == ["POST", "PUT", "PUT", "POST", "DELETE"])
            #expect(transport.requests[1].body?.count == S3ObjectStore.partSize)
            #expect(transport.requests[2].body?.count == 1)
        }
    }

    @Test(arguments: [
        ("s3://b", "bucket"), ("http://x/y", "s3://"), ("s3://bucket/a//b", "prefix"), ("s3://bucket/../x", "prefix"),
        ("s3://bucket/ä", "prefix"),
    ])
    func `a place that cannot be one is refused`(text: String, word: String) {
        let problem = #expect(throws: StoreLocation.Problem.self) { try StoreLocation(text) }
        #expect(problem?.reason.contains(word) == true)
    }

    @Test func `places`() throws {
        #expect(try StoreLocation("s3://bucket").description == "s3://bucket/")
        #expect(try StoreLocation("s3://bucket/a/b").prefix == "a/b/")
    }
}
