import AWSClient
import CheckKit
import Diagnosis
import Formats
import Foundation
import RunModel
import Settings
import TestSupport
import Testing

@testable import AWSChecks

/// Which cause a finding about AWS names.
@Suite struct CauseTests {
    private func expectations() throws -> AWSExpectations {
        let configuration = try Configuration.parse(
            "environment: staging\naws: { ecs_services: { api: hokusai-api, auth: hokusai-auth, mlflow: hokusai-mlflow } }",
            path: "test.yaml", environment: [:])
        return try #require(AWSExpectations(configuration, environment: [:]))
    }

    private func findings(_ check: any SnapshotCheck, over snapshot: AWSSnapshot) throws -> [Finding] {
        var run = RunRecordFixture()
        let outcome = check.outcome(over: snapshot, try expectations())
        run.add(check.descriptor.id, check.descriptor.title, .aws, outcome: outcome)
        return Assessment(of: run.record).findings
    }

    private var snapshot: AWSSnapshot { AWSSnapshot(takenAt: RunRecordFixture.start, region: "us-east-1") }

    @Test("A deleted database instance is named as one, and no setting of a name")
    func deletedInstance() throws {
        var snapshot = snapshot
        snapshot.databases = .value([])
        let check = try #require(
            DatabaseInstanceChecks().checks(for: try Configuration.parse("environment: e", path: "c", environment: [:]))
                .compactMap { $0 as? DatabaseInstanceCheck }.first)
        let finding = try #require(try findings(check, over: snapshot).first)
        #expect(finding.id == "database-instance-missing/AWS-RDS-01")
        #expect(!finding.remediation.summary.contains("DB_NAME"))
    }

    @Test("A task that fails its container health check is no target group without targets")
    func unhealthyTask() throws {
        let text = #"""
            [{"taskArn":"arn:aws:ecs:us-east-1:1:task/c/1","lastStatus":"RUNNING","healthStatus":"UNHEALTHY",
              "taskDefinitionArn":"arn:aws:ecs:us-east-1:1:task-definition/api:1","containers":[],"attributes":[]}]
            """#
        var snapshot = snapshot
        snapshot.tasks["hokusai-api"] = .value(try JSON.decode([ECS.Task].self, from: Data(text.utf8)))
        let finding = try #require(try findings(StoppedTasksCheck(), over: snapshot).first)
        #expect(finding.id.hasPrefix("task-unhealthy/"))
        #expect(finding.component == "ECS task")
    }

    @Test("The ECS services give the legacy score its three components, running or not")
    func legacyComponents() throws {
        var snapshot = snapshot
        snapshot.services = .value([])
        let analysis = try ServiceStatusCheck().analyse(snapshot, try expectations())
        for component in [LegacyComponent.authService, .apiService, .mlflowService] {
            #expect(analysis.facts[.legacy(component)] == "0")
        }
    }

    @Test("Tasks are read for a service that cannot be asked: those that run rule a stop out, those that died say why")
    func tasksOfService() throws {
        func task(_ status: String, _ more: String = "") -> String {
            #"{"taskArn":"arn:aws:ecs:us-east-1:1:task/c/1","lastStatus":"\#(status)","containers":[],"attributes":[],"#
                + #""taskDefinitionArn":"arn:aws:ecs:us-east-1:1:task-definition/mlflow:1"\#(more)}"#
        }
        let reason = #","stopCode":"TaskFailedToStart","stoppedReason":"CannotPullContainerError: no such image""#
        for (text, status) in [(task("RUNNING"), Status.passed), (task("STOPPED", reason), .failed)] {
            var snapshot = snapshot
            snapshot.services = .value([])
            snapshot.tasks["hokusai-mlflow"] = .value(try JSON.decode([ECS.Task].self, from: Data("[\(text)]".utf8)))
            let recorder = Recorder()
            let outcome = try TaskState.outcome(of: .mlflow, service: "hokusai-mlflow", snapshot, recorder)
            #expect(outcome.status == status)
            guard case .failed(let mismatch) = outcome else { continue }
            guard case .report(_, let error) = mismatch.symptom else {
                Issue.record("\(mismatch.symptom)")
                continue
            }
            #expect(error == ForeignError(.mlflow, .notReady, says: "CannotPullContainerError: no such image"))
        }
    }
}
