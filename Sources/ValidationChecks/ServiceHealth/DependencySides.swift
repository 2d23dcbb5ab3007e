import CheckKit
import Formats
import HTTPClient
import MLflowClient
import PostgresClient
import RedisClient
import RunModel
import Settings

/// Each dependency seen from both sides: the one that the API works with, and the one that the configuration names. Addresses
/// differ by name, proxy and network, so what lies behind them is compared.
struct DependencySides: CheckFamily {
    func checks(for configuration: Configuration) -> [any Check] {
        [MLflowSides(), DatabaseSides(), RedisSides(), AuthSides()]
    }

    fileprivate static func descriptor(
        _ id: CheckID, _ title: String, _ procedure: String, needs: [Capability], dependsOn: [CheckID]
    ) -> CheckDescriptor {
        CheckDescriptor(
            id: id, title: title,
            intent:
                "A check of another server than the one in use is worth nothing, and nobody sees it: both answer well.",
            procedure: procedure, category: .serviceHealth, phase: .validation, severity: .high, needs: needs,
            dependsOn: dependsOn, deadline: .seconds(60),
            risk: "Every other check of this dependency speaks of a server that the platform does not use.",
            remediation: Remediation(
                summary: "Correct the address in the configuration, or the one in the task definition of the API."))
    }

    /// MLflow's first experiment: each server makes its own, at a moment of its own.
    fileprivate struct FirstExperiment: Equatable {
        var created: String
        var artifacts: String

        var text: String { "made at \(created), artifacts at \(artifacts)" }
    }

    /// - Throws: ``Stop`` as inconclusive where it is not there.
    fileprivate static func firstExperiment(
        _ context: CheckContext, _ route: MLflowRoute
    ) async throws -> FirstExperiment {
        let client = try context.mlflow(route)
        let answer = try await context.mlflowCalls("read the first experiment", route) { () async throws(MLflowError) in
            try await client.send("GET", "/mlflow/experiments/get", query: [("experiment_id", "0")])
        }
        let experiment = (try? answer.json(JSONValue.self))?["experiment"]
        guard let created = experiment?["creation_time"]?.text, let artifacts = experiment?["artifact_location"]?.text
        else {
            throw Stop.inconclusive(
                .obstacle(.nothingToLookAt, of: .mlflow),
                "the first experiment cannot be read over \(route.title): \(EndpointCheck.shown(answer))")
        }
        return FirstExperiment(created: created, artifacts: artifacts)
    }
}

private struct MLflowSides {}

extension MLflowSides: Check {
    var descriptor: CheckDescriptor {
        DependencySides.descriptor(
            "SH-76", "The API works with the MLflow that the configuration names",
            "Read the address that `/health/mlflow` tells, and the first experiment through the API and at `services.mlflow_direct`: one server has one.",
            needs: [.reach(.api), .reach(.mlflow), .reach(.mlflowDirect), .key(.api)], dependsOn: ["ML-01"])
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let own = try context.url(of: .mlflowDirect)
        let told = await toldAddress(context)
        let through = try await DependencySides.firstExperiment(context, .proxy)
        let direct = try await DependencySides.firstExperiment(context, .direct)
        let addresses = "the API \(told.map { "uses \($0)" } ?? "tells no address"), the configuration names \(own)"
        guard through == direct else {
            return .failed(
                .deviation(.mlflow, .addresses, [told ?? "", own]),
                "the API works with another MLflow than the configuration names",
                expected: "one first experiment, \(direct.text)", got: "\(through.text); \(addresses)")
        }
        return .passed("\(addresses): one server, whose first experiment was \(through.text)")
    }

    /// Nil where no page tells it.
    private func toldAddress(_ context: CheckContext) async -> String? {
        for path in ["/api/health/mlflow", "/health/mlflow"] {
            guard let answer = try? await context.get(path, deadline: .seconds(20)),
                let body = try? answer.json(JSONValue.self)
            else { continue }
            if let address = body["tracking_uri"]?.string ?? body["mlflow_server"]?.string { return address }
        }
        return nil
    }
}

private struct DatabaseSides {}

extension DatabaseSides: Check {
    var descriptor: CheckDescriptor {
        DependencySides.descriptor(
            "SH-77", "MLflow behind the API writes to the database that the configuration names",
            "Read the first experiment through the API and from the table `experiments`: one database has one.",
            needs: [.reach(.database), .reach(.mlflow), .key(.api)], dependsOn: ["ML-01", "DB-04"])
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let through = try await DependencySides.firstExperiment(context, .proxy)
        let connection = try await context.connectToDatabase()
        let rows = try await context.ask(
            connection, "SELECT creation_time, artifact_location FROM experiments WHERE experiment_id = 0")
        await connection.close()
        guard let row = rows.rows.first, row.count == 2, let created = row[0], let artifacts = row[1] else {
            return .failed(
                .deviation(.database, .addresses),
                "the configured database lacks the first experiment that MLflow shows", expected: through.text,
                got: "no such row in \(connection.configuration)")
        }
        let stored = DependencySides.FirstExperiment(created: created, artifacts: artifacts)
        guard stored == through else {
            return .failed(
                .deviation(.database, .addresses),
                "MLflow behind the API writes to another database than the configuration names", expected: through.text,
                got: "\(stored.text) in \(connection.configuration)")
        }
        return .passed("one database, \(connection.configuration), whose first experiment was \(stored.text)")
    }
}

private struct RedisSides {}

extension RedisSides: Check {
    var descriptor: CheckDescriptor {
        var descriptor = DependencySides.descriptor(
            "SH-78", "The API keeps its verdicts on keys in the Redis that the configuration names",
            "Present the key ‘api’ to the API, then look in Redis for the verdict that it keeps.",
            needs: [.reach(.redis), .reach(.mlflow), .key(.api)], dependsOn: ["AU-01", "RD-01"])
        descriptor.severity = .medium
        return descriptor
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let key = try context.key(.api)
        let accepted = try await KeyLifecycle.present(key, context)
        guard accepted.status < 400 else {
            return .inconclusive(
                context.symptom(of: accepted), "the API does not accept the key: \(EndpointCheck.shown(accepted))")
        }
        let connection = try await context.connectToRedis()
        let left: Int64?
        do throws(RedisError) {
            // Asked without a record of the words: the name of the entry holds the key.
            left = try await connection.command(["TTL", "api_key:validation:\(key)"], deadline: .seconds(5)).number
        } catch {
            await connection.close()
            return .inconclusive(.redis(error), "Redis does not report it: \(error)")
        }
        await connection.close()
        guard let left, left > 0 else {
            return .skipped(
                "Redis at \(connection.address.text) keeps no verdict of a key that the API has just accepted: the API keeps none, or keeps it elsewhere"
            )
        }
        context.recorder.measure(Metric("auth.verdict_kept", Double(left), .seconds))
        return .passed("a verdict of the API lies in Redis at \(connection.address.text), for \(left) s more")
    }
}

private struct AuthSides {}

extension AuthSides: Check {
    var descriptor: CheckDescriptor {
        DependencySides.descriptor(
            "SH-79", "The API asks the auth service that the configuration names",
            "Let the auth service validate the key ‘api’ and a made-up one, present both to the API, compare the verdicts.",
            needs: [.reach(.auth), .reach(.mlflow), .key(.api)], dependsOn: ["SH-61"])
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let madeUp = "hk_test_fake_" + String(repeating: "2", count: 32)
        var told: [String] = []
        for (name, key) in [("‘api’", try context.key(.api)), ("a made-up key", madeUp)] {
            let direct = try await KeyLifecycle.validate(key, context)
            let through = try await KeyLifecycle.present(key, context)
            guard let verdict = Self.verdict(direct.status), let seen = Self.verdict(through.status) else {
                return .inconclusive(
                    context.symptom(of: direct.status >= 500 ? direct : through),
                    "no verdict on \(name): the auth service answers \(direct.status), the API \(through.status)")
            }
            guard verdict == seen else {
                return .failed(
                    .deviation(.auth, .addresses),
                    "the API comes to another verdict on \(name) than the configured auth service",
                    expected: "\(verdict) (\(direct.status))", got: "\(seen) (\(through.status))")
            }
            told.append("\(name) \(verdict) by both (\(direct.status), \(through.status))")
        }
        return .passed(told.joined(separator: "; "))
    }

    /// Nil where the answer is no verdict on the key. 403 means a good key without the right (contract §4.4).
    private static func verdict(_ status: Int) -> String? {
        switch status {
        case 200, 402, 403: "good"
        case 401: "refused"
        default: nil
        }
    }
}
