import Diagnosis
import Foundation
import RunModel
import TestSupport
import Testing

@testable import AWSChecks
@testable import Reports

/// Scripts that ask the AWS command line, against an account with planted defects: 1 while a defect is there, 0 when it is taken away,
/// 2 without credentials.
@Suite(.serialized) struct AWSQuestionTests {
    /// How each defect is taken away again; `RESOURCE` is what the problem names.
    private static let repairs: [(check: CheckID, words: String)] = [
        ("AWS-ECS-01", "ecs update-service --cluster hokusai-development --service RESOURCE --desired-count 1"),
        ("AWS-RDS-03", "rds modify-db-instance --db-instance-identifier RESOURCE --no-publicly-accessible"),
        ("AWS-RDS-05", "rds modify-db-instance --db-instance-identifier RESOURCE --backup-retention-period 7"),
        ("AWS-SEC-01", "secretsmanager create-secret --name RESOURCE --secret-string fake"),
        ("AWS-S3-02", "s3api put-bucket-versioning --bucket RESOURCE --versioning-configuration Status=Enabled"),
        (
            "AWS-S3-04",
            "s3api put-public-access-block --bucket RESOURCE --public-access-block-configuration "
                + "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true"
        ),
    ]

    @Test("the AWS command line tells a defect that is there from one that is gone")
    func tells() async throws {
        _ = try ShellScript.directory(of: "aws")
        let account = try await AWSAccount.start(defects: true)
        let snapshot = await account.snapshot()
        let keys = account.moto.environment.filter { $0.key != "AWS_ENDPOINT_URL" }
        let aws = "aws --region us-east-1 --endpoint-url \(account.moto.url) "
        for (id, words) in Self.repairs {
            let check = try #require(account.checks.first { $0.descriptor.id == id })
            let problems = try check.analyse(snapshot, account.expectations).problems
            let problem = try #require(problems.first)
            let verification = try #require(problem.question).verification(account.settings)
            let script = try script(verification, check.descriptor, check.outcome(over: snapshot, account.expectations))
            let before = try ShellScript.run(script, environment: keys)
            #expect(before.code == 1, "\(before.output)\n\(script)")
            let repair = try ShellScript.run(
                aws + words.replacing("RESOURCE", with: problem.resource), environment: keys)
            #expect(repair.code == 0, "\(repair.output)")
            let after = try ShellScript.run(script, environment: keys)
            #expect(after.code == 0, "\(after.output)\n\(script)")
        }
    }

    @Test("without credentials nothing is told")
    func needsCredentials() throws {
        _ = try ShellScript.directory(of: "aws")
        let question = AWSQuestion(
            ["s3api", "get-bucket-versioning", "--bucket", "b"], holds: "Status == `\"Enabled\"`")
        let settings = try AWSAccount.settings(endpoint: "http://127.0.0.1:9")
        let verification = question.verification(settings)
        let descriptor = CheckDescriptor(id: "AWS-S3-02", title: "t", category: .aws, phase: .validation)
        let outcome = Outcome.failed(.unrecorded, "m", expected: "e", got: "g")
        let end = try ShellScript.run(
            try script(verification, descriptor, outcome),
            environment: ["AWS_EC2_METADATA_DISABLED": "true", "HOME": "/nonexistent"])
        #expect(end.code == 2, "\(end.output)")
    }

    @Test("nothing that a name holds means anything to the shell or to JMESPath")
    func quotes() throws {
        let question = AWSQuestion(["s3api", "x", "--bucket", "a'; id; '$(id)"], holds: AWSQuestion.literal("`\"\\"))
        let command = question.verification(try AWSAccount.settings(endpoint: nil)).command
        #expect(
            command
                == "aws --region us-east-1 s3api x --bucket 'a'\\''; id; '\\''$(id)' --query '`\"\\`\\\"\\\\\"` && `\"holds-now\"` || `\"does-not-hold\"`' --output text"
        )
    }

    private func script(
        _ verification: Verification, _ descriptor: CheckDescriptor, _ outcome: Outcome
    ) throws -> String {
        var fixture = RunRecordFixture()
        fixture.add(descriptor.id, descriptor.title, descriptor.category, outcome: outcome)
        var record = fixture.record
        record.results[descriptor.id]?.verification = verification
        let document = Document(record: record, assessment: Assessment(of: record), root: "../")
        let finding = try #require(document.findings.first { $0.finding.root == descriptor.id })
        return ReproductionScript(finding).text
    }
}
