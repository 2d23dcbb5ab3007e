import FaultInjection
import Formats
import HTTPClient
import RunModel

extension CheckContext {
    /// The means to break things.
    ///
    /// - Throws: ``Stop`` with `skipped` when this run has no leave to break the dependencies.
    package func meansToBreak(_ dependencies: [Dependency]) throws -> Faults {
        guard let faults = services.faults else {
            let policy = FaultPolicy(
                environment: services.configuration.environment, isProduction: services.configuration.isProduction,
                allowedInProduction: Set(services.configuration.faults.allowedInProduction), isAllowed: false)
            let reasons = dependencies.map(\.rawValue).compactMap(policy.refusal)
            throw Stop.skipped(reasons.first ?? "this run has no means to break anything")
        }
        for dependency in dependencies {
            if let refusal = faults.refusal(of: dependency.rawValue) { throw Stop.skipped(refusal) }
        }
        return faults
    }

    /// A fault on a dependency of the deployment, through its proxy. Where it has none and is to be down, by a command or by
    /// taking its tasks away.
    package func fault(_ dependency: Dependency, _ effect: ToxiproxyFault.Effect = .down) throws -> any FaultInjector {
        let settings = services.configuration.faults
        if let api = settings.toxiproxyURL, let proxy = settings.proxies[dependency.rawValue] {
            return ToxiproxyFault(api: api, proxy: proxy, effect: effect, transport: services.http)
        }
        if let commands = settings.commands[dependency.rawValue], effect == .down {
            return CommandFault(
                name: "\(dependency) disturbed by command", start: commands.start, stop: commands.stop,
                probe: commands.probe.isEmpty ? nil : commands.probe, environment: commands.environment,
                deadline: commands.deadline)
        }
        if let service = settings.ecsServices[dependency.rawValue], effect == .down,
            let aws = services.configuration.aws
        {
            return ServiceFault(
                cluster: aws.cluster, account: aws.account, region: aws.region, service: service,
                aws: aws.client(environment: services.environment, http: services.http))
        }
        // Where the queue has no means of its own it is the Redis (contract §5.8).
        if dependency == .queue { return try fault(.redis, effect) }
        throw Stop.skipped(
            "nothing here can break \(dependency): configure `faults.toxiproxy` and `faults.proxies`, `faults.commands` or `faults.ecs_services`"
        )
    }

    /// A server that answers with one status in the place of a dependency, and the fault that leads the target to it.
    ///
    /// - Throws: ``Stop`` with `skipped` where the dependency has no fault proxy: no other means can answer for it.
    package func standIn(
        for dependency: Dependency, answering status: Int, headers: [(name: String, value: String)] = [], body: String
    ) async throws -> (standIn: StandIn, fault: ToxiproxyFault) {
        let settings = services.configuration.faults
        guard let api = settings.toxiproxyURL, let proxy = settings.proxies[dependency.rawValue] else {
            throw Stop.skipped(
                "nothing here can answer in the place of \(dependency): configure `faults.toxiproxy` and `faults.proxies.\(dependency)`"
            )
        }
        guard let upstream = settings.upstreams[dependency.rawValue] else {
            throw Stop.skipped(
                "the fault proxy of \(dependency) cannot be led elsewhere and back: configure where it leads to, `faults.upstreams.\(dependency)`"
            )
        }
        do {
            let standIn = try await StandIn(reachableFrom: api, status: status, headers: headers, body: body)
            let effect = ToxiproxyFault.Effect.redirected(standIn.address.description, insteadOf: upstream)
            return (standIn, ToxiproxyFault(api: api, proxy: proxy, effect: effect, transport: services.http))
        } catch {
            throw Stop(Self.outcome(of: error))
        }
    }

    /// Runs the body with leave to break dependencies of the deployment: reset before, undo and reset after, and the
    /// target in steady state again before this returns.
    ///
    /// - Parameter recoversByItself: times the recovery without a reset of the breaker; else it is reset first.
    package func breaking<Value: Sendable>(
        _ dependencies: [Dependency], of target: TargetService, recoversByItself: Bool = false,
        _ body: @escaping @Sendable (FaultSession) async throws -> Value
    ) async throws -> Value {
        let faults = try meansToBreak(dependencies)
        let recorder = recorder
        do {
            let (value, report) = try await faults.session(
                for: descriptor.id, breaking: dependencies.map(\.rawValue),
                stopConditions: await stopConditions(target),
                recoveryPatience: services.configuration.faults.recoveryTimeout,
                recovered: { await target.isSteady(resetting: !recoversByItself) },
                leftBehind: { recorder.leaveBehind($0) }
            ) { session in
                // Only now is the target this run's: another one may be watching its breaker until here.
                try await target.send("POST", "/health/mlflow/reset")
                recorder.disturb(true)
                defer { recorder.disturb(false) }
                return try await body(session)
            }
            record(report, target)
            try await target.send("POST", "/health/mlflow/reset")
            return value
        } catch let error as FaultError {
            throw Stop(Self.outcome(of: error))
        }
    }

    private func record(_ report: FaultReport, _ target: TargetService) {
        recorder.note(report.moments)
        for moment in report.moments { target.note("\(Timestamp.text(moment.at)) \(moment.what)") }
        if let seconds = report.recoveryTime { recorder.measure(Metric("fault.recovery_time", seconds, .seconds)) }
    }

    package static func outcome(of error: FaultError) -> Outcome {
        switch error.code {
        case .refused, .notConfigured: .skipped("\(error)")
        case .injectorFailed, .alreadyDisturbed, .noEffect, .stopped:
            .inconclusive(.obstacle(.fault, of: .api), "\(error)")
        case .undoIncomplete, .undoLog: .error("\(error)")
        }
    }
}

extension TargetService {
    /// Whether everything works: readiness says so, and MLflow is connected again.
    func isSteady(resetting: Bool) async -> Bool {
        if resetting { _ = try? await send("POST", "/health/mlflow/reset") }
        guard let ready = try? await get("/ready"), ready.status == 200,
            let body = try? ready.json(JSONValue.self)
        else { return false }
        return body["ready"]?.boolean == true && body["degraded_mode"]?.boolean == false
    }

    /// Whether MLflow fails, as somebody sees who does not ask the breaker (contract §2.5, §5.5).
    package func feelsMLflowFailing() async -> Bool {
        guard let answer = try? await get("/api/health/mlflow", deadline: .seconds(20)) else { return true }
        return answer.status >= 500
    }
}
