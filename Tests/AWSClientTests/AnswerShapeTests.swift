import Foundation
import HTTPClient
import Testing

@testable import AWSClient

/// Answers that are none: nobody may take them for an empty list.
@Suite struct AnswerShapeTests {
    private func client(_ answer: HTTPResponse, _ transport: inout ScriptedTransport?) -> AWSClient {
        let scripted = ScriptedTransport([answer])
        transport = scripted
        return AWSClient(
            .init(region: "eu-west-3", deadline: .seconds(7200), retry: AWSRetry(maximumAttempts: 1, sleep: { _ in })),
            surroundings: CredentialSurroundings(
                environment: ["AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "visibly-fake"],
                transport: scripted))
    }

    @Test(arguments: [
        "", "null", "{}", "[]", "\"\"", "\"services\"", "7", "{\"status\":\"ok\"}", "{\"services\":\"none\"}",
        "{\"services\":[{\"serviceName\":", "<html><body>Sign in</body></html>",
    ])
    func `an answer of another shape is unreadable, with the action's name`(body: String) async throws {
        var transport: ScriptedTransport?
        let client = client(.answer(200, body), &transport)
        await #expect {
            _ = try await client.call(ECS.describeServices(cluster: "c", ["s"]))
        } throws: { error in
            (error as? AWSError)?.kind == .malformedAnswer && (error as? AWSError)?.action == "ecs:DescribeServices"
        }
    }

    @Test(arguments: ["<html><body>Sign in</body></html>", "<HTML/>", "<Error><Code>InternalError</Code></Error>"])
    func `a page in place of a bucket's setting is unreadable`(body: String) async throws {
        var transport: ScriptedTransport?
        let client = client(.answer(200, body), &transport)
        await #expect { _ = try await client.call(S3.getBucketEncryption("b")) } throws: { error in
            (error as? AWSError)?.kind == .malformedAnswer
        }
    }

    @Test func `an empty list is an answer, and a bucket without versioning too`() async throws {
        var transport: ScriptedTransport?
        let services = try await client(.answer(200, #"{"services":[],"failures":[]}"#), &transport)
            .call(ECS.describeServices(cluster: "c", ["s"]))
        #expect(services.services.isEmpty)
        let versioning = try await client(.answer(200, "<VersioningConfiguration/>"), &transport)
            .call(S3.getBucketVersioning("b"))
        #expect(versioning.status == nil)
    }

    @Test func `a call has no longer than what is left for all of them`() async throws {
        var transport: ScriptedTransport?
        let client = client(.answer(200, #"{"services":[]}"#), &transport)
        let task = AWSTimeLimit.within(.seconds(3600)) {
            Task { try await client.call(ECS.describeServices(cluster: "c", ["s"])) }
        }
        _ = try await task.value
        let request = try #require(transport?.requests.first)
        #expect(request.deadline <= .seconds(3600))
        let late = AWSTimeLimit.within(.zero) {
            Task { try await client.call(ECS.describeServices(cluster: "c", ["s"])) }
        }
        await #expect { _ = try await late.value } throws: { error in
            (error as? AWSError)?.kind == .transport && (error as? AWSError)?.action == "ecs:DescribeServices"
        }
        #expect(transport?.requests.count == 1)
    }
}
