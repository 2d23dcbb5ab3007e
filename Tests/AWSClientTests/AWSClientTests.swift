import Foundation
import HTTPClient
import Synchronization
import Testing

@testable import AWSClient

@Suite struct AWSClientTests {
    private static let now = Date(timeIntervalSince1970: 1_767_323_045)
    private static let keys = ["AWS_ACCESS_KEY_ID": "EXAMPLE", "AWS_SECRET_ACCESS_KEY": "fake"]

    private func client(
        _ transport: ScriptedTransport, environment: [String: String] = keys, files: [String: String] = [:],
        slept: @escaping @Sendable (Duration) -> Void = { _ in }
    ) -> AWSClient {
        AWSClient(
            .init(
                region: "us-east-1",
                retry: AWSRetry(maximumAttempts: 4, sleep: { slept($0) }, random: { 0.5 })),
            surroundings: CredentialSurroundings(
                environment: environment, readFile: { files[$0] }, now: { Self.now }, transport: transport))
    }

    private func answer(_ status: Int, _ body: String, _ headers: [HTTPHeader] = []) -> HTTPResponse {
        HTTPResponse(status: status, headers: HTTPHeaders(headers), body: Array(body.utf8))
    }

    private static let identity = """
        <GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::1:user/x</Arn><UserId>U</UserId>\
        <Account>1</Account></GetCallerIdentityResult></GetCallerIdentityResponse>
        """

    @Test func `access denied names the action that is missing`() async {
        let body =
            #"{"__type":"AccessDeniedException","message":"User: arn:aws:iam::1:user/x is not authorized to perform: ecs:DescribeServices on resource: y"}"#
        let error = await #expect(throws: AWSError.self) {
            try await client(ScriptedTransport([answer(400, body, [HTTPHeader("x-amzn-RequestId", "r-1")])])).call(
                ECS.describeServices(cluster: "c", ["s"]))
        }
        #expect(error?.kind == .accessDenied)
        #expect(error?.missingAction == "ecs:DescribeServices")
        #expect(error?.requestID == "r-1")
    }

    @Test(
        "credentials that nobody knows are no missing permission",
        arguments: [
            "UnrecognizedClientException", "InvalidSignatureException", "IncompleteSignature",
        ])
    func invalidCredentials(code: String) async {
        let transport = ScriptedTransport([answer(400, #"{"__type":"\#(code)","message":"no"}"#)])
        let error = await #expect(throws: AWSError.self) {
            try await client(transport).call(ECS.describeClusters(["c"]))
        }
        #expect(error?.kind == .invalidCredentials)
    }

    @Test func `throttling is retried with growing waits, and Retry-After is obeyed`() async throws {
        let slow = answer(400, #"{"__type":"ThrottlingException","message":"Rate exceeded"}"#)
        let told = answer(503, "", [HTTPHeader("Retry-After", "7")])
        let transport = ScriptedTransport([slow, slow, told, answer(200, #"{"clusters":[],"failures":[]}"#)])
        let waits = Mutex<[Duration]>([])
        _ = try await client(transport, slept: { wait in waits.withLock { $0.append(wait) } }).call(
            ECS.describeClusters(["c"]))
        #expect(waits.withLock { $0 } == [.milliseconds(100), .milliseconds(200), .seconds(7)])
    }

    @Test func `a throttling storm ends after the last attempt`() async {
        let transport = ScriptedTransport([answer(400, #"{"__type":"ThrottlingException"}"#)])
        let error = await #expect(throws: AWSError.self) {
            try await client(transport).call(ECS.describeClusters(["c"]))
        }
        #expect(error?.kind == .throttled)
        #expect(transport.requests.count == 4)
    }

    @Test func `a service that fails three times in a row is not asked again`() async {
        let transport = ScriptedTransport([answer(500, "")])
        let error = await #expect(throws: AWSError.self) {
            try await client(transport).call(ECS.describeClusters(["c"]))
        }
        #expect(error?.kind == .service)
        #expect(transport.requests.count == 3)
    }

    @Test func `clock skew says by how much`() async {
        let body =
            #"{"__type":"InvalidSignatureException","message":"Signature expired: 2026 is now earlier than 2026"}"#
        let date = HTTPHeader("Date", "Fri, 02 Jan 2026 03:14:05 GMT")
        let error = await #expect(throws: AWSError.self) {
            try await client(ScriptedTransport([answer(403, body, [date])])).call(ECS.describeClusters(["c"]))
        }
        #expect(error?.kind == .clockSkew)
        #expect(error?.clockSkew == -600)
        #expect("\(error.map { "\($0)" } ?? "")".contains("600 s behind"))
    }

    @Test func `a token that comes back ends the pages with an error`() async {
        let page = answer(200, #"{"taskArns":["a"],"nextToken":"same"}"#)
        let error = await #expect(throws: AWSError.self) {
            try await client(ScriptedTransport([page])).all(
                ECS.listTasks(cluster: "c", service: "s", status: "RUNNING")
            ) {
                $0.taskArns
            }
        }
        #expect(error?.kind == .paginationLoop)
    }

    @Test(arguments: [
        "", "<", "<a><b></a>", Self.identity.dropLast(30).description, "<!DOCTYPE x [<!ENTITY e 'y'>]><x>&e;</x>", "{}",
    ])
    func `XML that is truncated, malformed or dangerous is an error`(body: String) async {
        let error = await #expect(throws: AWSError.self) {
            try await client(ScriptedTransport([answer(200, body)])).call(STS.getCallerIdentity())
        }
        #expect(error?.kind == .malformedAnswer)
    }

    @Test func `XML nested without end is refused`() {
        let text = String(repeating: "<a>", count: 1000) + String(repeating: "</a>", count: 1000)
        #expect(throws: AWSDocumentError.self) { try XMLDocumentReader().read(Array(text.utf8)) }
    }

    /// Credentials that expire in mid-run: the container endpoint is asked again and the call repeated.
    @Test func `expired credentials are renewed once`() async throws {
        let issued = answer(
            200, #"{"AccessKeyId":"EXAMPLE","SecretAccessKey":"fake","Token":"t","Expiration":"2026-01-02T09:00:00Z"}"#)
        let expired = answer(
            403, "<ErrorResponse><Error><Code>ExpiredToken</Code><Message>expired</Message></Error></ErrorResponse>")
        let transport = ScriptedTransport([issued, expired, issued, answer(200, Self.identity)])
        let environment = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/x", "AWS_EC2_METADATA_DISABLED": "true"]
        let caller = try await client(transport, environment: environment).call(STS.getCallerIdentity())
        #expect(caller.account == "1")
        #expect(transport.requests.map(\.method) == ["GET", "POST", "GET", "POST"])
    }

    @Test func `a role of a profile is assumed with its source profile`() async throws {
        let assumed = answer(
            200,
            """
            <AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ROLE</AccessKeyId>\
            <SecretAccessKey>fake2</SecretAccessKey><SessionToken>tok</SessionToken>\
            <Expiration>2026-01-02T09:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>
            """)
        let files = [
            "/c":
                "[profile staging]\nrole_arn = arn:aws:iam::1:role/r ; why\nsource_profile = base\n[profile base]\nregion=x\n",
            "/k": "# keys\n[base]\naws_access_key_id = BASE\naws_secret_access_key = fake\n",
        ]
        let transport = ScriptedTransport([assumed])
        let environment = ["AWS_CONFIG_FILE": "/c", "AWS_SHARED_CREDENTIALS_FILE": "/k", "AWS_PROFILE": "staging"]
        let credentials = try await client(transport, environment: environment, files: files).credentials()
        #expect(credentials.accessKeyID == "ROLE")
        let form = String(decoding: transport.requests[0].body ?? [], as: UTF8.self)
        #expect(form.contains("RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr&"))
        #expect(transport.requests[0].headers.contains { $0.value.contains("Credential=BASE/") })
    }

    @Test func `profiles that name each other end with an error`() async {
        let files = [
            "/c":
                "[profile a]\nrole_arn=arn:aws:iam::1:role/r\nsource_profile=b\n[profile b]\nrole_arn=arn:aws:iam::1:role/s\nsource_profile=a\n"
        ]
        let error = await #expect(throws: AWSError.self) {
            try await client(
                ScriptedTransport([answer(200, "")]), environment: ["AWS_CONFIG_FILE": "/c", "AWS_PROFILE": "a"],
                files: files
            ).credentials()
        }
        #expect(error?.message.contains("loop") == true)
    }

    @Test(arguments: [
        ("https://x.example/creds", true), ("http://169.254.170.2/v2", true), ("http://127.0.0.1:80/", true),
        ("http://evil.example/", false), ("http://127.0.0.1.evil.example/", false), ("ftp://localhost/", false),
    ])
    func `a container endpoint over plain HTTP must be local`(url: String, isTrusted: Bool) {
        #expect(ContainerCredentials.isTrusted(url) == isTrusted)
    }

    @Test(arguments: [
        ("us-east-1", "ecs.us-east-1.amazonaws.com"), ("cn-north-1", "ecs.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "ecs.us-gov-west-1.amazonaws.com"),
    ])
    func `regions lead to the endpoint of their partition`(region: String, host: String) throws {
        let endpoint = try AWSEndpoint.resolve(.ecs, region: region, environment: [:], configuredURL: nil)
        #expect(endpoint.authority == host)
    }

    @Test func `a service's own endpoint variable wins over the common one`() throws {
        let environment = ["AWS_ENDPOINT_URL": "http://a:1", "AWS_ENDPOINT_URL_S3": "http://b:2/base/"]
        let s3 = try AWSEndpoint.resolve(.s3, region: "us-east-1", environment: environment, configuredURL: "http://c")
        #expect(s3.authority == "b:2" && s3.basePath == "/base")
        #expect(throws: AWSError.self) {
            try AWSEndpoint.resolve(.s3, region: "not a region", environment: [:], configuredURL: nil)
        }
    }
}
