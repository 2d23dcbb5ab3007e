import CheckKit
import FaultInjection
import RunModel

/// Finds, by raising upstream failures, how many and what share of them open the breaker of the deployment.
struct BreakerOpenThreshold: Check {
    /// How many failing probes follow one that succeeds.
    private static let patterns = [1, 2]

    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "PF-08", title: "The breaker opens at the configured number of failures, and not before",
            intent:
                "The real threshold, found from outside: what is configured, documented and deployed may be three numbers.",
            procedure:
                "Cut MLflow off and probe until the breaker is open, counting. Reset; then let one probe of two fail, then two of "
                + "three: the share of failures from which it opens.",
            category: .performance, phase: .validation, needs: [.reach(.api), .faults(.mlflow)],
            dependsOn: ["HE-13", "CB-20"], excludes: [.everything], deadline: .seconds(420),
            risk: "MLflow is cut off by a few slow answers, or callers wait for a dead one long after they should.",
            remediation: Remediation(summary: "Set MLFLOW_CB_FAILURE_THRESHOLD in the task definition.")
        )
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let configured = context.configuration.breaker.failureThreshold
        let fault = try context.fault(.mlflow)
        return try await context.atDeployment { target in
            try await context.breaking([.mlflow], of: target) { session in
                let breaker = LiveBreaker(
                    target: target, lags: context.profile != .fixed, fault: fault, session: session)
                let enough = 2 * configured + 3
                let found = Self.opening(try await breaker.run(Self.script(enough)))
                guard let found else { return Self.judge(nil, of: enough, configured: configured, got: "") }
                context.recorder.measure(Metric("breaker.open_threshold", Double(found), .count))
                var sentences = ["opens at failure \(found) in a row"]
                for failures in Self.patterns {
                    let opened = Self.opening(
                        try await breaker.run(Self.script(2 * found + 1, failures: failures)))
                    sentences.append(Self.sentence(failures, opened, of: 2 * found + 1))
                }
                return Self.judge(found, of: enough, configured: configured, got: sentences.joined(separator: "; "))
            }
        }
    }

    /// - Parameters:
    ///   - found: the failing probe in a row after which the breaker was open; nil when it never was.
    ///   - probes: how many failing probes there were.
    ///   - got: what was seen, for people.
    static func judge(_ found: Int?, of probes: Int, configured: Int, got: String) -> Outcome {
        guard let found else {
            return .failed(
                .breaker(.doesNotOpen), "the breaker does not open", expected: "OPEN after \(configured) failures",
                got: "not OPEN after \(probes) failing probes in a row")
        }
        guard found == configured else {
            return .failed(
                .breaker(.threshold), "the breaker opens at another number of failures than configured",
                expected: "\(configured) failures (`breaker.failure_threshold`)", got: got)
        }
        return .passed(got)
    }

    private static func sentence(_ failures: Int, _ opened: Int?, of probes: Int) -> String {
        let share = "with \(failures) of \(failures + 1) probes failing"
        return opened.map { "\(share) it opens at failure \($0)" } ?? "\(share) it stays closed for \(probes) failures"
    }

    /// Failing probes in a row.
    static func script(_ probes: Int) -> BreakerScript {
        (0..<probes).reduce(BreakerScript().fail()) { script, _ in script.probe() }.recover()
    }

    /// Failing probes, with one that succeeds after every so many.
    static func script(_ probes: Int, failures: Int) -> BreakerScript {
        var script = BreakerScript()
        for number in 0..<probes {
            if number % failures == 0 { script = script.fail() }
            script = script.probe()
            if number % failures == failures - 1 { script = script.recover().probe() }
        }
        return probes % failures == 0 ? script : script.recover()
    }

    /// The failing probe after which the breaker was first seen open, counted from 1; nil when it never was.
    static func opening(_ passage: LiveBreaker.Passage) -> Int? {
        var failing = false
        var count = 0
        for step in passage.trace.steps {
            switch step.event {
            case .dependencyFails: failing = true
            case .dependencyRecovers: failing = false
            case .probe:
                if failing { count += 1 }
                if step.after?.state == .open { return count }
            case .wait, .reset: break
            }
        }
        return nil
    }
}
