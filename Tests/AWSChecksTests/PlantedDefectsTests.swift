import AWSChecks
import Formats
import Foundation
import RunModel
import TestSupport
import Testing

@Suite(.serialized) struct PlantedDefectsTests {
    /// The defects that `plant-defects.py` plants: the check that must find each, and words its message must have.
    static let defects: [(name: String, check: CheckID, words: [String])] = [
        ("a service is scaled to zero", "AWS-ECS-01", ["hokusai-auth", "scaled to zero"]),
        ("an image went back to an older one", "AWS-ECS-04", ["hokusai-mlflow", "image"]),
        ("a secret was lost", "AWS-ECS-05", ["lost the secret REDIS_AUTH_TOKEN"]),
        ("a secret stands in clear", "AWS-ECS-05", ["SECRET_KEY in clear"]),
        ("a secret's ARN lacks its suffix", "AWS-ECS-06", ["DB_PASSWORD"]),
        ("a service has no registry", "AWS-ECS-07", ["hokusai-mlflow"]),
        ("a container has no log", "AWS-ECS-09", ["hokusai-auth"]),
        ("a container health path does not exist", "AWS-ECS-10", ["/health/live", "404"]),
        ("Container Insights is off", "AWS-ECS-13", ["Container Insights"]),
        ("a target group has no targets", "AWS-ALB-01", ["hokusai-api-tg", "no target"]),
        ("a rule is shadowed", "AWS-ALB-02", ["rule 120", "can never match"]),
        ("a rule without host takes another host's paths", "AWS-ALB-03", ["/api/*", "auth.hokus.ai"]),
        ("a listener has only a fixed 404", "AWS-ALB-04", ["8443", "404"]),
        ("a target group has the wrong port", "AWS-ALB-05", ["hokusai-ded-api", "8000"]),
        ("a health path answers 401", "AWS-ALB-06", ["hokusai-reg-mlflow", "/mlflow", "401"]),
        ("an old TLS policy", "AWS-ALB-07", ["hokusai-auth", "ELBSecurityPolicy-2016-08"]),
        ("a certificate is about to end", "AWS-ALB-08", ["registry.hokus.ai", "8 days"]),
        ("access logs are off", "AWS-ALB-09", ["hokusai-main"]),
        ("plain HTTP is served", "AWS-ALB-10", ["hokusai-auth", "plain HTTP"]),
        ("the desync mode only monitors", "AWS-ALB-11", ["monitor"]),
        ("the rule from API to MLflow is missing", "AWS-NET-01", ["api>mlflow", "no rule allows tcp 5000"]),
        ("an ACL denies ephemeral ports", "AWS-NET-01", ["load-balancer>api", "rule 90 denies"]),
        ("the database port is open to the world", "AWS-NET-02", ["hokusai-rds", "5432"]),
        ("a subnet has no way out", "AWS-NET-04", ["no way out"]),
        ("the database is public", "AWS-RDS-03", ["public address"]),
        ("backups are kept for a day", "AWS-RDS-05", ["1 days"]),
        ("a secret is gone", "AWS-SEC-01", ["auth-token"]),
        ("a secret lacks its field", "AWS-SEC-02", ["lacks password"]),
        ("a discovery name has no instance", "AWS-MAP-02", ["mlflow.hokusai-development.local"]),
        ("versioning is suspended", "AWS-S3-02", ["hokusai-pipeline-data", "Suspended"]),
        ("public access is not blocked", "AWS-S3-04", ["hokusai-pipeline-data"]),
        ("a bucket policy lets everyone in", "AWS-S3-05", ["lets everyone in"]),
        ("artifacts expire early", "AWS-S3-06", ["14 days", "artifacts/"]),
        ("an alarm is raised", "AWS-CW-01", ["hokusai-rds-cpu"]),
        ("the load balancer answers 5xx", "AWS-CW-03", ["hokusai-auth", "400"]),
        ("a log holds a fatal error", "AWS-CW-07", ["exec format error"]),
    ]

    @Test func `every planted defect is found by its check`() async throws {
        let account = try await AWSAccount.start(defects: true)
        let snapshot = await account.snapshot()
        var missing: [String] = []
        for defect in Self.defects {
            let check = try #require(account.checks.first { $0.descriptor.id == defect.check })
            let analysis = try check.analyse(snapshot, account.expectations)
            let texts = analysis.problems.map { "\($0.resource): \($0.message), got \($0.got)" }
            if !texts.contains(where: { text in defect.words.allSatisfy(text.contains) }) {
                missing.append("\(defect.name): \(check.outcome(over: snapshot, account.expectations)) \(texts)")
            }
        }
        #expect(missing.isEmpty, "\(missing.joined(separator: "\n"))")
        #expect(Set(Self.defects.map(\.name)).count >= 25)
    }

    @Test func `nothing fails on the clean twin`() async throws {
        let account = try await AWSAccount.start()
        let snapshot = await account.snapshot()
        var passed = 0
        for check in account.checks {
            let outcome = check.outcome(over: snapshot, account.expectations)
            #expect(outcome.status != .failed, "\(check.descriptor.id): \(outcome)")
            #expect(outcome.status != .error, "\(check.descriptor.id): \(outcome)")
            if outcome.status == .passed { passed += 1 } else { print("\(check.descriptor.id) \(outcome)") }
        }
        // Everything that moto can answer for must be seen, or the twin would be clean for want of looking.
        #expect(passed >= 40)
    }

    @Test func `a snapshot gives the same outcomes when it is read back from the bundle`() async throws {
        let account = try await AWSAccount.start()
        let snapshot = await account.snapshot()
        let again = try JSON.decode(AWSSnapshot.self, from: try JSON.prettyData(snapshot))
        for check in account.checks {
            let (first, second) = (
                check.outcome(over: snapshot, account.expectations), check.outcome(over: again, account.expectations)
            )
            #expect(first == second, "\(check.descriptor.id)")
        }
    }

    /// Defects that moto cannot hold: it keeps no deployment circuit breaker, knows no unhealthy target and no dying task,
    /// refuses one zone. Its answers are changed here into those that AWS gives (fixtures of our own making).
    @Test func `defects that moto cannot hold are found in changed answers`() async throws {
        let account = try await AWSAccount.start()
        let clean = await account.snapshot()
        let changes: [(check: CheckID, words: String, change: (inout AWSSnapshot) throws -> Void)] = [
            (
                "AWS-ECS-08", "not rolled back",
                { snapshot in
                    try snapshot.edit(\.services) { $0[0].deploymentConfiguration = .init(minimumHealthyPercent: 100) }
                }
            ),
            (
                "AWS-ECS-02", "roll-out failed",
                { snapshot in try snapshot.edit(\.services) { $0[0].deployments[0].rolloutState = "FAILED" } }
            ),
            (
                "AWS-ECS-03", "OutOfMemory",
                { snapshot in
                    try snapshot.edit(\.tasks["hokusai-mlflow-development"]) {
                        $0[0].lastStatus = "STOPPED"
                        $0[0].containers[0].reason = "OutOfMemoryError: Container killed due to memory usage"
                    }
                }
            ),
            (
                "AWS-ALB-01", "Target.Timeout",
                { snapshot in
                    try snapshot.edit(\.targetHealth["hokusai-reg-api-development"]) {
                        $0[0].targetHealth = .init(state: "unhealthy", reason: "Target.Timeout")
                    }
                }
            ),
            (
                "AWS-ALB-12", "1 zone",
                { snapshot in try snapshot.edit(\.loadBalancers) { $0[0].availabilityZones.removeLast(2) } }
            ),
            ("AWS-RDS-04", "not encrypted", { try $0.edit(\.databases) { $0[0].storageEncrypted = false } }),
            ("AWS-RDS-01", "stopped", { try $0.edit(\.databases) { $0[0].dbInstanceStatus = "stopped" } }),
            (
                "AWS-ECS-11", "linux/amd64",
                { snapshot in
                    for name in snapshot.images.keys {
                        try snapshot.edit(\.images[name]) { $0.platforms = ["linux/arm64"] }
                    }
                }
            ),
        ]
        for (id, words, change) in changes {
            var snapshot = clean
            try change(&snapshot)
            let check = try #require(account.checks.first { $0.descriptor.id == id })
            let outcome = check.outcome(over: snapshot, account.expectations)
            #expect(outcome.status == .failed && "\(outcome)".contains(words), "\(id): \(outcome)")
        }
    }
}

extension AWSSnapshot {
    /// Changes an answer that must be there.
    fileprivate mutating func edit<Value>(
        _ path: WritableKeyPath<AWSSnapshot, Collected<Value>?>, _ change: (inout Value) -> Void
    ) throws {
        var value = try #require(try self[keyPath: path]?.known())
        change(&value)
        self[keyPath: path] = .value(value)
    }
}
