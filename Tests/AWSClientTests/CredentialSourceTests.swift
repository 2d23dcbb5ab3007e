import Foundation
import HTTPClient
import Synchronization
import Testing

@testable import AWSClient

/// Where credentials come from, and how they are kept fresh.
@Suite struct CredentialSourceTests {
    private static let now = Date(timeIntervalSince1970: 1_767_323_045)
    private static let identity = """
        <GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::1:user/x</Arn><UserId>U</UserId>\
        <Account>1</Account></GetCallerIdentityResult></GetCallerIdentityResponse>
        """

    private func client(
        _ transport: any AWSTransport, _ environment: [String: String], files: [String: String] = [:],
        profile: String? = nil, now: @escaping @Sendable () -> Date = { Self.now }
    ) -> AWSClient {
        AWSClient(
            .init(region: "us-east-1", retry: AWSRetry(maximumAttempts: 2, sleep: { _ in }), profile: profile),
            surroundings: CredentialSurroundings(
                environment: environment, readFile: { files[$0] }, now: now, transport: transport))
    }

    private static func issued(_ key: String, until expiration: Date) -> HTTPResponse {
        let text = expiration.formatted(.iso8601)
        return .answer(
            200, #"{"AccessKeyId":"\#(key)","SecretAccessKey":"fake","Token":"t","Expiration":"\#(text)"}"#)
    }

    @Test func `instance metadata is asked with a session token first, then for the role, then for its keys`()
        async throws
    {
        let transport = AnsweringTransport { request in
            switch request.url {
            case "http://169.254.169.254/latest/api/token": .answer(200, "session")
            case "http://169.254.169.254/latest/meta-data/iam/security-credentials/": .answer(200, "a role\n")
            case "http://169.254.169.254/latest/meta-data/iam/security-credentials/a%20role":
                Self.issued("INSTANCE", until: Self.now.addingTimeInterval(3600))
            default: .answer(404, "")
            }
        }
        let credentials = try await client(transport, [:]).credentials()
        #expect(credentials.accessKeyID == "INSTANCE" && credentials.source == "instance metadata")
        #expect(transport.requests.map(\.method) == ["PUT", "GET", "GET"])
        for request in transport.requests.dropFirst() {
            #expect(request.headers.contains { $0.name == "X-aws-ec2-metadata-token" && $0.value == "session" })
        }
    }

    /// Version 1 answers without a token; it is never asked.
    @Test func `metadata without session tokens gives nothing`() async {
        let transport = AnsweringTransport { request in
            request.method == "PUT" ? .answer(403, "") : .answer(200, "role")
        }
        let error = await #expect(throws: AWSError.self) { try await client(transport, [:]).credentials() }
        #expect(error?.kind == .noCredentials)
        #expect(transport.requests.map(\.method) == ["PUT"])
    }

    @Test func `the container endpoint gets the token of its file, read anew each time`() async throws {
        let token = Mutex("first\n")
        let clock = Mutex(Self.now)
        let transport = AnsweringTransport { _ in
            Self.issued("TASK", until: clock.withLock { $0 }.addingTimeInterval(600))
        }
        let client = AWSClient(
            .init(region: "us-east-1"),
            surroundings: CredentialSurroundings(
                environment: [
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials",
                    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/token",
                ], readFile: { $0 == "/token" ? token.withLock { $0 } : nil }, now: { clock.withLock { $0 } },
                transport: transport))
        #expect(try await client.credentials().accessKeyID == "TASK")
        token.withLock { $0 = "second" }
        clock.withLock { $0 += 400 }
        _ = try await client.credentials()
        let sent = transport.requests.map { request in request.headers.first { $0.name == "Authorization" }?.value }
        #expect(sent == ["first", "second"])
    }

    @Test func `a token file with two lines is refused`() async {
        let environment = [
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1/c", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/t",
        ]
        let transport = ScriptedTransport([.answer(200, "{}")])
        let error = await #expect(throws: AWSError.self) {
            try await client(transport, environment, files: ["/t": "a\nX-Injected: b"]).credentials()
        }
        #expect(error?.message.contains("more than one line") == true)
        #expect(transport.requests.isEmpty)
    }

    @Test func `a web identity token is exchanged for a role, unsigned`() async throws {
        let transport = ScriptedTransport([
            .answer(
                200,
                """
                <AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>\
                <AccessKeyId>WEB</AccessKeyId><SecretAccessKey>fake</SecretAccessKey><SessionToken>s</SessionToken>\
                <Expiration>2026-01-02T09:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>\
                </AssumeRoleWithWebIdentityResponse>
                """)
        ])
        let environment = [
            "AWS_WEB_IDENTITY_TOKEN_FILE": "/oidc", "AWS_ROLE_ARN": "arn:aws:iam::1:role/ci",
            "AWS_ROLE_SESSION_NAME": "pipeline-7",
        ]
        let credentials = try await client(transport, environment, files: ["/oidc": "header.body.signature\n"])
            .credentials()
        #expect(credentials.accessKeyID == "WEB")
        let form = String(decoding: transport.requests[0].body ?? [], as: UTF8.self)
        #expect(form.contains("WebIdentityToken=header.body.signature") && form.contains("RoleSessionName=pipeline-7"))
        #expect(!transport.requests[0].headers.contains { $0.name == "authorization" })
    }

    /// A run of hours: nobody waits for a refusal, the keys are renewed while the old ones still work.
    @Test func `credentials are renewed before they expire, once for all callers`() async throws {
        let clock = Mutex(Self.now)
        let count = Mutex(0)
        let transport = AnsweringTransport { request in
            guard request.url.hasPrefix("http://169.254.170.2/") else { return .answer(200, Self.identity) }
            let number = count.withLock { count -> Int in
                count += 1
                return count
            }
            return Self.issued("KEY\(number)", until: clock.withLock { $0 }.addingTimeInterval(3600))
        }
        let client = client(
            transport, ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/x"], now: { clock.withLock { $0 } })
        for minutes in [0.0, 30, 54] {
            clock.withLock { $0 = Self.now.addingTimeInterval(minutes * 60) }
            _ = try await client.call(STS.getCallerIdentity())
        }
        #expect(count.withLock { $0 } == 1)
        clock.withLock { $0 = Self.now.addingTimeInterval(56 * 60) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { _ = try await client.call(STS.getCallerIdentity()) } }
            try await group.waitForAll()
        }
        #expect(count.withLock { $0 } == 2)
        let last = transport.requests.last { $0.url.contains("sts.") }
        #expect(last?.headers.contains { $0.value.contains("Credential=KEY2/") } == true)
    }

    @Test func `while a renewal fails the old keys serve to their end, and then the failure is told`() async throws {
        let clock = Mutex(Self.now)
        let transport = AnsweringTransport { _ in
            clock.withLock { $0 } == Self.now
                ? Self.issued("OLD", until: Self.now.addingTimeInterval(900)) : .answer(500, "")
        }
        let client = client(
            transport, ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/x"], now: { clock.withLock { $0 } })
        _ = try await client.credentials()
        clock.withLock { $0 = Self.now.addingTimeInterval(800) }
        #expect(try await client.credentials().accessKeyID == "OLD")
        clock.withLock { $0 = Self.now.addingTimeInterval(901) }
        let error = await #expect(throws: AWSError.self) { try await client.credentials() }
        #expect(error?.kind == .noCredentials)
    }

    /// Keys that cannot be renewed: one more try, then an error that says what happened.
    @Test func `a session from the environment that expires in mid-run ends in an error that says so`() async {
        let transport = ScriptedTransport([
            .answer(
                403,
                "<ErrorResponse><Error><Code>ExpiredToken</Code><Message>it is over</Message></Error></ErrorResponse>")
        ])
        let environment = ["AWS_ACCESS_KEY_ID": "EXAMPLE", "AWS_SECRET_ACCESS_KEY": "fake", "AWS_SESSION_TOKEN": "t"]
        let error = await #expect(throws: AWSError.self) {
            try await client(transport, environment).call(STS.getCallerIdentity())
        }
        #expect(error?.kind == .expiredCredentials)
        #expect(transport.requests.count == 2)
    }

    @Test func `a profile chosen in the configuration wins over keys in the environment`() async throws {
        let environment = ["AWS_ACCESS_KEY_ID": "OTHER", "AWS_SECRET_ACCESS_KEY": "fake", "HOME": "/h"]
        let files = ["/h/.aws/credentials": "[staging]\naws_access_key_id = STAGING\naws_secret_access_key = fake\n"]
        let transport = ScriptedTransport([.answer(500, "")])
        #expect(
            try await client(transport, environment, files: files, profile: "staging").credentials().accessKeyID
                == "STAGING")
        #expect(try await client(transport, environment, files: files).credentials().accessKeyID == "OTHER")
        await #expect(throws: AWSError.self) {
            try await client(transport, environment, files: files, profile: "absent").credentials()
        }
    }
}
