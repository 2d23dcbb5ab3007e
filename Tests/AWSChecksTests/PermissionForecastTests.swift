import AWSChecks
import Foundation
import HTTPClient
import Job
import Settings
import TestSupport
import Testing

/// What `plumbline plan` says of permissions.
@Suite struct PermissionForecastTests {
    private func configuration(_ endpoint: String) throws -> Configuration {
        try Configuration.parse(
            "environment: development\naws: {account: '123456789012', endpoint_url: '\(endpoint)'}\n", path: "c",
            environment: [:])
    }

    private func forecast(
        _ endpoint: String, patience: Duration = .seconds(120),
        environment: [String: String] = [
            "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing-fake-secret",
        ]
    ) async throws -> PermissionForecast {
        let configuration = try configuration(endpoint)
        let forecast = await PermissionForecast.ask(
            about: Catalogue.checks(for: configuration).map(\.descriptor), configuration: configuration,
            environment: environment, http: HTTPClient(), patience: patience)
        return try #require(forecast)
    }

    private static let identity = """
        <GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::123456789012:assumed-role/job/session</Arn>\
        <UserId>U</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>
        """

    /// SimulatePrincipalPolicy, which moto lacks: a fixture of our own making that denies two actions.
    private static func simulation(_ form: String) -> String {
        let actions = form.matches(of: #/ActionNames\.member\.\d+=([^&]+)/#).map {
            String($0.1).removingPercentEncoding ?? ""
        }
        let results = actions.map { action in
            let decision =
                ["rds:DescribeDBInstances", "s3:GetBucketPolicy"].contains(action) ? "implicitDeny" : "allowed"
            return "<member><EvalActionName>\(action)</EvalActionName><EvalDecision>\(decision)</EvalDecision></member>"
        }
        return """
            <SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated>\
            <EvaluationResults>\(results.joined())</EvaluationResults></SimulatePrincipalPolicyResult>\
            </SimulatePrincipalPolicyResponse>
            """
    }

    @Test func `a simulation names the checks that will lack an action, and asks for the resources they need`()
        async throws
    {
        let server = try LoopbackHTTPServer { request in
            let form = String(decoding: request.body, as: UTF8.self)
            return .response(body: form.contains("SimulatePrincipalPolicy") ? Self.simulation(form) : Self.identity)
        }
        let forecast = try await forecast(server.url)
        #expect(forecast.source == .simulation && forecast.problem == nil, "\(forecast)")
        #expect(forecast.identity == "arn:aws:sts::123456789012:assumed-role/job/session")
        let lacking = Dictionary(forecast.gaps.map { ($0.check, $0.missingActions) }) { $1 }
        #expect(lacking["AWS-RDS-01"] == ["rds:DescribeDBInstances"])
        #expect(lacking["AWS-S3-05"] == ["s3:GetBucketPolicy"])
        #expect(lacking["AWS-ECS-01"] == nil && forecast.untested == [])
        let forms = server.requests.map { String(decoding: $0.body, as: UTF8.self).removingPercentEncoding ?? "" }
        #expect(
            forms.filter { $0.contains("Simulate") }.allSatisfy {
                $0.contains("PolicySourceArn=arn:aws:iam::123456789012:role/job")
            })
        #expect(
            forms.contains {
                $0.contains("s3:GetBucketPolicy") && $0.contains("ResourceArns.member.1=arn:aws:s3:::hokusai-")
            })
        #expect(server.requests.allSatisfy { $0.method == "POST" }, "nothing but the two calls")
    }

    @Test func `an AWS that does not answer costs no more than the patience`() async throws {
        let server = try LoopbackHTTPServer { _ in .response(body: "", after: .seconds(30)) }
        let forecast = try await forecast(server.url, patience: .seconds(1))
        #expect(forecast.source == nil && forecast.gaps == [])
        #expect(forecast.problem?.contains("within 1 s") == true, "\(forecast)")
    }

    @Test func `without credentials the forecast says so`() async throws {
        let forecast = try await forecast(
            "http://127.0.0.1:1", environment: ["AWS_EC2_METADATA_DISABLED": "true", "HOME": "/nonexistent"])
        #expect(forecast.source == nil && forecast.problem?.contains("none found") == true, "\(forecast)")
    }

    @Test func `a plan without AWS checks asks nobody`() async throws {
        let configuration = try configuration("http://127.0.0.1:1")
        let forecast = await PermissionForecast.ask(
            about: Catalogue.checks(for: configuration).map(\.descriptor).filter { $0.awsActions.isEmpty },
            configuration: configuration, environment: [:], http: HTTPClient())
        #expect(forecast == nil)
    }
}
