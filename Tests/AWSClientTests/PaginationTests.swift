import Foundation
import HTTPClient
import Synchronization
import Testing

@testable import AWSClient

/// Answers of many pages, large ones, and ones that are cut off.
@Suite struct PaginationTests {
    private func client(
        _ transport: any AWSTransport, pageLimit: Int? = nil, slept: @escaping @Sendable (Duration) -> Void = { _ in }
    ) -> AWSClient {
        AWSClient(
            .init(
                region: "us-east-1", retry: AWSRetry(maximumAttempts: 3, sleep: { slept($0) }, random: { 0.5 }),
                pageLimit: pageLimit),
            surroundings: CredentialSurroundings(
                environment: ["AWS_ACCESS_KEY_ID": "EXAMPLE", "AWS_SECRET_ACCESS_KEY": "fake"], transport: transport))
    }

    /// Serves `count` keys in pages of 1,000, the last page without a token.
    private func listing(_ count: Int, _ key: @escaping @Sendable (Int) -> String) -> AnsweringTransport {
        AnsweringTransport { request in
            let token = request.url.firstMatch(of: /continuation-token=(\d+)/)?.1
            let first = token.flatMap { Int($0) } ?? 0
            let last = min(first + 1000, count)
            let contents = (first..<last).map { "<Contents><Key>\(key($0))</Key><Size>1</Size></Contents>" }.joined()
            let next = last < count ? "<NextContinuationToken>\(last)</NextContinuationToken>" : ""
            return .answer(200, "<ListBucketResult>\(contents)\(next)</ListBucketResult>")
        }
    }

    @Test func `50,000 objects are read page by page`() async throws {
        let transport = listing(50_000) { "artifacts/\($0)" }
        let objects = try await client(transport).all(S3.listObjects("bucket", prefix: "artifacts/")) { $0.contents }
        #expect(objects.count == 50_000 && Set(objects.map(\.key)).count == 50_000)
        #expect(transport.requests.count == 50)
    }

    @Test func `one page is enough when only leave is asked for`() async throws {
        let transport = listing(5_000) { "artifacts/\($0)" }
        let objects = try await client(transport, pageLimit: 1).all(S3.listObjects("bucket", prefix: "")) {
            $0.contents
        }
        #expect(objects.count == 1000 && transport.requests.count == 1)
    }

    @Test func `5,000 rules of a load balancer are read page by page`() async throws {
        let transport = AnsweringTransport { request in
            let form = String(decoding: request.body ?? [], as: UTF8.self)
            let first = form.firstMatch(of: /Marker=(\d+)/).flatMap { Int($0.1) } ?? 0
            let rules = (first..<first + 400).prefix { $0 < 5000 }.map { number in
                """
                <member><RuleArn>arn:rule/\(number)</RuleArn><Priority>\(number + 1)</Priority><IsDefault>false</IsDefault>\
                <Conditions><member><Field>path-pattern</Field><Values><member>/p\(number)</member></Values></member></Conditions>\
                <Actions><member><Type>fixed-response</Type></member></Actions></member>
                """
            }
            let marker = first + 400 < 5000 ? "<NextMarker>\(first + 400)</NextMarker>" : ""
            return .answer(
                200,
                "<DescribeRulesResponse><DescribeRulesResult><Rules>\(rules.joined())</Rules>\(marker)</DescribeRulesResult></DescribeRulesResponse>"
            )
        }
        let rules = try await client(transport).all(LoadBalancing.describeRules(listener: "arn:listener")) { $0.rules }
        #expect(rules.count == 5000 && rules.last?.conditions.first?.values == ["/p4999"])
    }

    /// Every character that S3 lets a key have and XML can carry.
    @Test func `names with every legal character are read and asked for again`() async throws {
        let names = [
            "a b+c/d=e&f?g#h%20i~j!k*l'm(n)o", "ü/日本語/🚀", "..//.../", "tab\u{9}here", "<tag>&amp;\"quote\"", "%2F%2f",
            "trailing ", " leading", "a:b@c,d;e$f|g\\h^i`j{k}l[m]n",
        ]
        let written = names.map {
            $0.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        }
        let transport = listing(names.count) { written[$0] }
        let client = client(transport)
        let found = try await client.all(S3.listObjects("bucket", prefix: "")) { $0.contents }.map(\.key)
        #expect(found == names)
        for name in names {
            _ = try? await client.bytes(S3.getObject("bucket", key: name))
            let url = try #require(transport.requests.last?.url)
            let key = url.replacing("https://bucket.s3.us-east-1.amazonaws.com/", with: "")
            #expect(key.removingPercentEncoding == name, "\(key)")
            #expect(!key.contains { !$0.isASCII || " <>\"#?&".contains($0) }, "\(key)")
        }
    }

    @Test func `LookupEvents rests between its pages, as two calls a second are allowed`() async throws {
        let pages = Mutex(0)
        let transport = AnsweringTransport { _ in
            let page = pages.withLock { pages -> Int in
                pages += 1
                return pages
            }
            return .answer(200, page < 4 ? #"{"Events":[],"NextToken":"\#(page)"}"# : #"{"Events":[]}"#)
        }
        let waits = Mutex<[Duration]>([])
        var count = 0
        for try await _ in client(transport, slept: { wait in waits.withLock { $0.append(wait) } })
            .pages(CloudTrail.lookupEvents(from: .distantPast, to: .now))
        { count += 1 }
        #expect(count == 4)
        #expect(waits.withLock { $0 } == Array(repeating: .milliseconds(500), count: 3))
    }

    @Test(arguments: [
        #"{"clusters":[{"clusterName":"c"#, #"{"clusters":[{"clusterName":"c"}]"#, "{\"clusters\":\"text\"}", "[]x",
        "\u{0}",
    ])
    func `JSON that is cut off or of another shape is an error with the operation's name`(body: String) async {
        let error = await #expect(throws: AWSError.self) {
            try await client(ScriptedTransport([.answer(200, body)])).call(ECS.describeClusters(["c"]))
        }
        #expect(error?.kind == .malformedAnswer)
        #expect(error?.operation == "ecs DescribeClusters")
    }

    @Test func `XML that is cut off in a later page is an error, not a shorter list`() async {
        let first =
            "<ListBucketResult><Contents><Key>a</Key></Contents><NextContinuationToken>1</NextContinuationToken></ListBucketResult>"
        let transport = ScriptedTransport([
            .answer(200, first), .answer(200, "<ListBucketResult><Contents><Key>b</Key></Cont"),
        ])
        let error = await #expect(throws: AWSError.self) {
            try await client(transport).all(S3.listObjects("bucket", prefix: "")) { $0.contents }
        }
        #expect(error?.kind == .malformedAnswer)
    }

    /// The date form, and a service that wants more patience than a run has.
    @Test func `Retry-After as a date is obeyed, and one that is too long ends the call`() async throws {
        let now = Date(timeIntervalSince1970: 1_767_323_045)
        let waits = Mutex<[Duration]>([])
        func client(_ answers: [HTTPResponse]) -> AWSClient {
            AWSClient(
                .init(region: "us-east-1", retry: AWSRetry(sleep: { wait in waits.withLock { $0.append(wait) } })),
                surroundings: CredentialSurroundings(
                    environment: ["AWS_ACCESS_KEY_ID": "EXAMPLE", "AWS_SECRET_ACCESS_KEY": "fake"], now: { now },
                    transport: ScriptedTransport(answers)))
        }
        let later = HTTPHeader("Retry-After", "Fri, 02 Jan 2026 03:04:17 GMT")
        let good = HTTPResponse.answer(200, #"{"clusters":[],"failures":[]}"#)
        _ = try await client([.answer(503, "", [later]), good]).call(ECS.describeClusters(["c"]))
        #expect(waits.withLock { $0 } == [.seconds(12)])
        let error = await #expect(throws: AWSError.self) {
            try await client([.answer(429, "", [HTTPHeader("Retry-After", "3600")]), good]).call(
                ECS.describeClusters(["c"]))
        }
        #expect(error?.kind == .throttled)
    }
}
