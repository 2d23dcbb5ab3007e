import CheckKit
import FaultInjection
import Formats
import Foundation
import HTTPClient
import RunModel
import Secrets
import Settings
import UndoLog

/// An instance of the service that a test starts for itself with other settings.
struct LaunchedInstance: Sendable {
    let target: TargetService
    /// The fault on the instance's own way to MLflow; nil when it shares the deployment's.
    let mlflowFault: ToxiproxyFault?
    /// Counts the connections to MLflow where they arrive; nil where nothing stands on the way that could.
    var mlflowConnections: CountingRelay?
}

/// What an instance is to be like.
struct InstanceDemand: Sendable {
    /// Added to the configured environment.
    var environment: [String: String] = [:]
    /// A named variant of the build from `launch.variants`.
    var variant: String?
    /// Whether it gets a way to MLflow of its own, which can be cut without touching anybody else.
    var hasOwnMLflow = false
    /// Whether its connections to MLflow are counted. Only for an instance on this machine.
    var countsMLflowConnections = false
}

extension CheckContext {
    /// Starts an instance, waits until it answers, and ends it after the body, however that ends.
    ///
    /// - Throws: ``Stop`` when nothing can be started here, or what was started does not answer.
    func withInstance<Value>(
        _ demand: InstanceDemand, _ body: (LaunchedInstance) async throws -> Value
    ) async throws -> Value {
        guard let launch = services.configuration.launch else {
            throw Stop.skipped("nothing is configured to `launch`")
        }
        var environment = launch.environment
        if let name = demand.variant {
            guard let variant = launch.variants[name] else {
                throw Stop.skipped("no build variant ‘\(name)’ is configured (`launch.variants.\(name)`)")
            }
            environment.merge(variant) { _, new in new }
        }
        environment.merge(demand.environment) { _, new in new }
        recorder.made(on: .launched)
        if demand.countsMLflowConnections, launch.task != nil {
            throw Stop.skipped(
                "connections to MLflow can be counted only for an instance on this machine (`launch.command`), and this one is a task"
            )
        }
        guard demand.hasOwnMLflow else {
            return try await start(launch, environment, nil, body)
        }
        return try await withPrivateProxy(of: Dependency.mlflow) { address, fault in
            let relay = demand.countsMLflowConnections ? try relay(to: address) : nil
            defer { relay?.stop() }
            var environment = environment
            // Both names, because builds differ in which one wins (contract §3.1, §11 row 6).
            for name in ["MLFLOW_TRACKING_URI", "MLFLOW_SERVER_URL"] {
                environment[name] = "http://\(relay?.address ?? address)"
            }
            return try await start(launch, environment, fault) { instance in
                var instance = instance
                instance.mlflowConnections = relay
                return try await body(instance)
            }
        }
    }

    private func relay(to address: String) throws -> CountingRelay {
        do {
            return try CountingRelay(to: address)
        } catch {
            throw Stop.inconclusive(.obstacle(.launch, of: .vantage), "no port to count connections on: \(error)")
        }
    }

    private func start<Value>(
        _ launch: LaunchSettings, _ environment: [String: String], _ fault: ToxiproxyFault?,
        _ body: (LaunchedInstance) async throws -> Value
    ) async throws -> Value {
        if let task = launch.task { return try await runTask(task, launch, environment, fault, body) }
        return try await startProcess(launch, environment, fault, body)
    }

    /// Looks at the instance once it answers.
    ///
    /// - Parameters:
    ///   - problem: why it will never answer; nil while it may.
    ///   - lastWords: the end of its log; empty where it cannot be read from here.
    /// - Throws: ``Stop`` with `inconclusive` when it does not answer: that says nothing of the deployment.
    func whenAnswering<Value>(
        _ baseURL: String, within patience: Duration, problem: () async throws -> String?,
        lastWords: () -> String = { "" }, _ body: (TargetService) async throws -> Value
    ) async throws -> Value {
        let headers = profile == .a ? [Self.bearer(try key(.api))] : []
        let target = TargetService(
            baseURL: baseURL, profile: profile, http: services.http, headers: headers, resetHeaders: keyIfConfigured)
        let until = ContinuousClock.now + patience
        // /version asks no dependency and needs no key outside profile A (contract §2.2).
        while (try? await target.get("/version", deadline: .seconds(2))) == nil {
            if let problem = try await problem() {
                throw Stop.inconclusive(.obstacle(.launch, of: .api), "the launched instance \(problem)\(lastWords())")
            }
            guard ContinuousClock.now < until else {
                throw Stop.inconclusive(
                    .obstacle(.launch, of: .api),
                    "the launched instance did not answer within \(patience.readable) (`launch.start_timeout`)\(lastWords())"
                )
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        return try await at(target, body)
    }

    /// A proxy of our own beside the configured one, to the same upstream.
    private func withPrivateProxy<Value>(
        of dependency: Dependency, _ body: (_ address: String, _ fault: ToxiproxyFault) async throws -> Value
    ) async throws -> Value {
        guard let api = services.configuration.faults.toxiproxyURL,
            let shared = services.configuration.faults.proxies[dependency.rawValue]
        else {
            throw Stop.skipped(
                "nothing here can break \(dependency): configure `faults.toxiproxy` and `faults.proxies`")
        }
        let upstream = try await toxiproxy("GET", "\(api)/proxies/\(shared)", nil)["upstream"]?.string
        guard let upstream, let host = NetworkAddress(api)?.hostInURL else {
            throw Stop.inconclusive(
                .obstacle(.fault, of: .vantage), "\(api) did not report the upstream of the proxy \(shared)")
        }
        let name = "plumbline-\(descriptor.id.rawValue.lowercased())-\(UUID().uuidString.prefix(8).lowercased())"
        let record = UndoRecord(
            runID: services.runID, checkID: descriptor.id, what: "proxy \(name) of a launched instance",
            openedAt: Date(),
            lease: descriptor.deadline + .seconds(60),
            actions: [
                .http(.init(method: "DELETE", url: "\(api)/proxies/\(name)", expectedStatuses: [200, 204, 404]))
            ])
        try await services.undoLog.writeAhead(record)
        let result: Result<Value, any Error>
        do {
            let made = try await toxiproxy(
                "POST", "\(api)/proxies",
                ["name": .string(name), "listen": .string("\(host):0"), "upstream": .string(upstream), "enabled": true])
            guard let address = made["listen"]?.string else {
                throw Stop.inconclusive(.obstacle(.fault, of: .vantage), "\(api) made no proxy")
            }
            let fault = ToxiproxyFault(api: api, proxy: name, effect: .down, transport: services.http)
            result = .success(try await body(address, fault))
        } catch {
            result = .failure(error)
        }
        await takeBack(.record(id: record.id))
        return try result.get()
    }

    private func toxiproxy(_ method: String, _ url: String, _ body: JSONValue?) async throws -> JSONValue {
        let answer: (status: Int, body: String)
        do {
            answer = try await services.http.send(
                method: method, url: url, headers: ["content-type": "application/json"],
                body: try body.map { try JSON.text($0) }, deadline: .seconds(5))
        } catch {
            throw Stop.inconclusive(.obstacle(.fault, of: .vantage), "the fault proxy does not answer: \(error)")
        }
        guard (200..<300).contains(answer.status),
            let json = try? JSON.decode(JSONValue.self, from: Data(answer.body.utf8))
        else {
            throw Stop.inconclusive(
                .obstacle(.fault, of: .vantage),
                "\(method) \(url) answered \(answer.status): \(answer.body.excerpt(200))")
        }
        return json
    }
}
