import Formats
import Foundation
import HTTPClient
import Processes
import Testing

@testable import AWSClient

/// Credentials that a profile of the shared files gets from a program or from single sign-on, also as the source of a role.
@Suite struct SharedCredentialTests {
    private static let now = Date(timeIntervalSince1970: 1_767_323_045)
    private static let printed =
        #"{"Version":1,"AccessKeyId":"PRINTED","SecretAccessKey":"fake","SessionToken":"t","Expiration":"2026-01-02T09:00:00Z"}"#
    private static let session = """
        [profile sso]
        sso_session = corp
        sso_account_id = 210987654321
        sso_role_name = Reader
        [sso-session corp]
        sso_start_url = https://corp.awsapps.com/start
        sso_region = eu-west-3

        """

    private func credentials(
        _ profile: String, config: String, files: [String: String] = [:],
        transport: any AWSTransport = ScriptedTransport([.answer(500, "")]),
        program: CredentialSurroundings.ProgramResult? = nil
    ) async throws -> AWSCredentials {
        let files = files.merging(["/h/.aws/config": config]) { own, _ in own }
        let client = AWSClient(
            .init(region: "eu-west-3", retry: AWSRetry(maximumAttempts: 1, sleep: { _ in }), profile: profile),
            surroundings: CredentialSurroundings(
                environment: ["HOME": "/h"], readFile: { files[$0] }, now: { Self.now }, transport: transport,
                runProgram: { (_) async throws(ProcessError) in
                    program ?? .init(succeeded: false, ending: "ended with exit code 3", output: [])
                }))
        return try await client.credentials()
    }

    private func message(
        _ profile: String, config: String, files: [String: String] = [:],
        program: CredentialSurroundings.ProgramResult? = nil,
        transport: any AWSTransport = ScriptedTransport([.answer(500, "")])
    ) async -> String {
        do {
            return
                "\(try await credentials(profile, config: config, files: files, transport: transport, program: program))"
        } catch { return "\(error)" }
    }

    private func program(_ output: String) -> CredentialSurroundings.ProgramResult {
        .init(succeeded: true, ending: "", output: Array(output.utf8))
    }

    @Test func `a credential process gives its credentials`() async throws {
        let found = try await credentials(
            "p", config: "[profile p]\ncredential_process = /opt/vend --role 'a b'\n", program: program(Self.printed))
        #expect(found.accessKeyID == "PRINTED" && found.sessionToken == "t" && found.expiration != nil)
    }

    @Test func `command lines are split as a shell does`() {
        #expect(
            CredentialProcess.words(of: #"/a/b --x 'c d' "e \" f" g\ h ''"#) == [
                "/a/b", "--x", "c d", #"e " f"#, "g h", "",
            ])
        #expect(CredentialProcess.words(of: "a 'b") == nil)
        #expect(CredentialProcess.words(of: "") == [])
    }

    @Test(arguments: [
        ("", "did not print credentials"), ("{}", "did not print credentials"), ("<html>", "did not print credentials"),
        (Self.printed.replacing("\"Version\":1", with: "\"Version\":2"), "version"),
        (Self.printed.replacing("2026", with: "2020"), "expired"),
    ])
    func `what a process prints instead is said, without showing it`(output: String, part: String) async {
        let text = await message("p", config: "[profile p]\ncredential_process = x\n", program: program(output))
        #expect(text.contains(part) && !text.contains("PRINTED"), "\(text)")
    }

    @Test func `a process that fails is named with its exit code`() async {
        let text = await message("p", config: "[profile p]\ncredential_process = /opt/vend\n")
        #expect(text.contains("/opt/vend ended with exit code 3"), "\(text)")
    }

    @Test func `a real program is run without a shell`() async throws {
        let surroundings = CredentialSurroundings(
            environment: ["PATH": "/usr/bin:/bin"], transport: ScriptedTransport([.answer(500, "")]))
        let found = try await CredentialProcess(surroundings: surroundings, source: "profile p").credentials(
            from: "printf %s '\(Self.printed.replacing("2026", with: "2126"))'")
        #expect(found.accessKeyID == "PRINTED")
    }

    private static func cache(_ expires: String) -> [String: String] {
        [
            "/h/.aws/sso/cache/\(Digest.sha1Hex(of: "corp")).json":
                #"{"accessToken":"token-1","expiresAt":"\#(expires)"}"#
        ]
    }
    private static let role =
        #"{"roleCredentials":{"accessKeyId":"SSO","secretAccessKey":"fake","sessionToken":"t","expiration":1767330000000}}"#

    @Test func `the token of a login is exchanged at the portal of its region`() async throws {
        let transport = ScriptedTransport([.answer(200, Self.role)])
        let found = try await credentials(
            "sso", config: Self.session, files: Self.cache("2026-01-02T09:00:00Z"), transport: transport)
        #expect(found.accessKeyID == "SSO" && found.expiration == Date(timeIntervalSince1970: 1_767_330_000))
        let request = try #require(transport.requests.first)
        #expect(
            request.url
                == "https://portal.sso.eu-west-3.amazonaws.com/federation/credentials?role_name=Reader&account_id=210987654321"
        )
        #expect(request.headers.contains { $0.name == "x-amz-sso_bearer_token" && $0.value == "token-1" })
    }

    @Test func `a login that is over, or was never made, is said with the command that makes one`() async {
        let expired = await message("sso", config: Self.session, files: Self.cache("2025-01-02T09:00:00Z"))
        #expect(expired.contains("expired") && expired.contains("aws sso login --sso-session corp"), "\(expired)")
        let absent = await message("sso", config: Self.session)
        #expect(absent.contains("aws sso login --sso-session corp"), "\(absent)")
        let refused = await message(
            "sso", config: Self.session, files: Self.cache("2026-01-02T09:00:00Z"),
            transport: ScriptedTransport([.answer(401, "{}")]))
        #expect(refused.contains("aws sso login") && !refused.contains("token-1"), "\(refused)")
    }

    private static let assumed = """
        <AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ROLE</AccessKeyId><SecretAccessKey>fake</SecretAccessKey>\
        <SessionToken>s</SessionToken><Expiration>2026-01-02T09:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>
        """

    @Test(arguments: ["sso", "p"])
    func `both are sources of a role`(source: String) async throws {
        let config =
            Self.session
            + "[profile p]\ncredential_process = x\n[profile r]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = \(source)\n"
        let transport = AnsweringTransport { request in
            request.url.contains("portal.sso") ? .answer(200, Self.role) : .answer(200, Self.assumed)
        }
        let found = try await credentials(
            "r", config: config, files: Self.cache("2026-01-02T09:00:00Z"), transport: transport,
            program: program(Self.printed))
        #expect(found.accessKeyID == "ROLE")
        let key = source == "sso" ? "Credential=SSO/" : "Credential=PRINTED/"
        #expect(transport.requests.last?.headers.contains { $0.value.contains(key) } == true)
    }

    @Test func `what needs a person is said by its name`() async {
        let device = await message(
            "r",
            config: "[profile r]\nrole_arn=arn:aws:iam::1:role/r\nsource_profile=r\nmfa_serial=arn:aws:iam::1:mfa/ada\n"
        )
        #expect(device.contains("mfa_serial") && device.contains("arn:aws:iam::1:mfa/ada"), "\(device)")
        let login = await message("l", config: "[profile l]\nlogin_session = arn:aws:iam::1:user/ada\n")
        #expect(login.contains("login_session"), "\(login)")
        let lost = await message("s", config: "[profile s]\nsso_session = lost\n")
        #expect(lost.contains("[sso-session lost]"), "\(lost)")
    }

    @Test(arguments: [
        ("us-east-1", true, false, AWSService.ecs, "ecs-fips.us-east-1.amazonaws.com"),
        ("us-east-1", false, true, .ecs, "ecs.us-east-1.api.aws"),
        ("us-east-1", true, true, .ecs, "ecs-fips.us-east-1.api.aws"),
        ("us-east-1", true, false, .s3, "s3-fips.us-east-1.amazonaws.com"),
        ("eu-west-3", false, true, .s3, "s3.dualstack.eu-west-3.amazonaws.com"),
        ("us-west-2", true, true, .s3, "s3-fips.dualstack.us-west-2.amazonaws.com"),
        ("us-east-1", true, false, .ecr, "ecr-fips.us-east-1.amazonaws.com"),
        ("eu-west-3", false, false, .ecr, "api.ecr.eu-west-3.amazonaws.com"),
        ("us-east-1", true, false, .iam, "iam-fips.amazonaws.com"),
        ("eu-west-3", false, true, .iam, "iam.global.api.aws"),
        ("us-gov-west-1", true, false, .rds, "rds.us-gov-west-1.amazonaws.com"),
        ("us-gov-east-1", false, false, .iam, "iam.us-gov.amazonaws.com"),
        ("cn-north-1", false, false, .iam, "iam.cn-north-1.amazonaws.com.cn"),
        ("cn-north-1", false, true, .ecs, "ecs.cn-north-1.api.amazonwebservices.com.cn"),
    ])
    func `FIPS and dual-stack endpoints`(
        region: String, isFIPS: Bool, isDualStack: Bool, service: AWSService, host: String
    ) throws {
        let environment = ["AWS_USE_FIPS_ENDPOINT": "\(isFIPS)", "AWS_USE_DUALSTACK_ENDPOINT": "\(isDualStack)"]
        #expect(
            try AWSEndpoint.resolve(service, region: region, environment: environment, configuredURL: nil).authority
                == host)
    }

    @Test func `the profile chooses endpoints where the environment does not`() async throws {
        let transport = ScriptedTransport([.answer(500, "")])
        let client = AWSClient(
            .init(region: "us-east-1", retry: AWSRetry(maximumAttempts: 1, sleep: { _ in }), profile: "f"),
            surroundings: CredentialSurroundings(
                environment: ["HOME": "/h"],
                readFile: {
                    $0 == "/h/.aws/config"
                        ? "[profile f]\nuse_fips_endpoint = true\naws_access_key_id = A\naws_secret_access_key = fake\n"
                        : nil
                },
                now: { Self.now }, transport: transport))
        _ = try? await client.call(STS.getCallerIdentity())
        #expect(transport.requests.first?.url.contains("sts-fips.us-east-1.amazonaws.com") == true)
    }
}
