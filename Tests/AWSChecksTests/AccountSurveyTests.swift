import AWSClient
import Foundation
import HTTPClient
import TestSupport
import Testing

@testable import AWSChecks

/// What a first configuration takes from an account.
@Suite struct AccountSurveyTests {
    private func client(_ environment: [String: String]) -> AWSClient {
        AWSClient(
            .init(region: "us-east-1", retry: AWSRetry(maximumAttempts: 1)),
            surroundings: CredentialSurroundings(
                environment: environment, transport: HTTPClient()))
    }

    @Test("names, addresses and the database come from the cluster, the balancers and the API's task")
    func surveys() async throws {
        let moto = try await MotoServer.seeded()
        defer { moto.stop() }
        let survey = try await AccountSurvey.of("development", client: client(moto.environment))
        #expect(survey.unseen == [])
        #expect(survey.account == "123456789012" && survey.cluster == "hokusai-development")
        #expect(
            survey.ecsServices == [
                "api": "hokusai-api-development", "mlflow": "hokusai-mlflow-development",
                "auth": "hokusai-auth-development",
            ])
        #expect(survey.placement?.taskDefinition == "hokusai-api-development")
        #expect(survey.placement?.container == "hokusai-api" && survey.placement?.port == 8001)
        #expect(survey.placement?.subnets.count == 3 && survey.placement?.securityGroups.count == 1)
        #expect(survey.trackingURI == "http://mlflow.hokusai-development.local:5000")
        #expect(survey.database?.host == "hokusai-mlflow-development.sandbox.us-east-1.rds.amazonaws.com")
        #expect(survey.database?.name == "mlflow_db" && survey.database?.user == "mlflow")
        #expect(survey.database?.secret == "hokusai/app-secrets/development#database_password")
        #expect(survey.databaseInstance == "hokusai-mlflow-development")
        #expect(survey.loadBalancers.count == 3 && survey.targetGroups.count == 4)
        #expect(Set(survey.addresses.keys) == ["api", "registry", "auth"])
        #expect(survey.addresses.values.allSatisfy { $0.url.hasPrefix("https://") })
        #expect(survey.addresses["api"]?.doubt?.contains("*.hokus.ai") == true)
        #expect(survey.namespace == "hokusai-development.local" && survey.discoveryServices == ["api", "mlflow"])
        #expect(survey.buckets.contains("hokusai-mlflow-artifacts-development"))
        #expect(survey.secrets.contains("hokusai/app-secrets/development"))
        #expect(survey.logGroups.count == 3)

        // Parts that are named after another environment are nobody's to test for this one.
        let foreign = try await AccountSurvey.of("staging", client: client(moto.environment))
        #expect(foreign.cluster == nil && foreign.loadBalancers == [] && foreign.addresses == [:])
        #expect(foreign.database == nil && foreign.databaseInstance == nil && foreign.namespace == nil)
        let told = foreign.unseen.filter { $0.contains("none is named after staging") }
        #expect(told.contains { $0.contains("hokusai-development") }, "\(foreign.unseen)")
    }

    @Test("what may not be seen is said with the action that is missing, and the rest is there all the same")
    func saysWhatIsHidden() async throws {
        let server = try LoopbackHTTPServer { request in
            let text = String(decoding: request.body, as: UTF8.self)
            if text.contains("GetCallerIdentity") {
                return .response(
                    headers: [("Content-Type", "text/xml")],
                    body: """
                        <GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::1:user/a</Arn>\
                        <UserId>a</UserId><Account>000000000001</Account></GetCallerIdentityResult></GetCallerIdentityResponse>
                        """)
            }
            return .response(
                400, headers: [("Content-Type", "application/x-amz-json-1.1")],
                body: #"{"__type":"AccessDeniedException","message":"not for you"}"#)
        }
        defer { server.stop() }
        let survey = try await AccountSurvey.of(
            "development",
            client: client([
                "AWS_ENDPOINT_URL": server.url, "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing-fake",
            ]))
        #expect(survey.account == "000000000001" && survey.cluster == nil && survey.database == nil)
        #expect(survey.unseen.contains("ECS clusters: not allowed to call ecs:ListClusters"), "\(survey.unseen)")
        #expect(Set(survey.unseen).count == survey.unseen.count)
    }
}
