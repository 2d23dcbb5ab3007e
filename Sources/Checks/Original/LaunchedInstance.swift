import FaultInjection
import Foundation
import Glibc
import HTTPClient
import RunModel

/// An instance of the service that a test starts for itself with other settings.
struct LaunchedInstance: Sendable {
    let target: TargetService
    /// The fault on the instance's own way to MLflow; nil when it shares the deployment's.
    let mlflowFault: ToxiproxyFault?
}

/// What an instance is to be like.
struct InstanceDemand: Sendable {
    /// Added to the configured environment.
    var environment: [String: String] = [:]
    /// A named variant of the build from `launch.variants`.
    var variant: String?
    /// Whether it gets a way to MLflow of its own, which can be cut without touching anybody else.
    var hasOwnMLflow = false
}

extension CheckContext {
    /// Starts an instance, waits until it answers, and ends it after the body, however that ends.
    ///
    /// - Throws: ``Stop`` when nothing can be started here, or what was started does not answer.
    func withInstance<Value>(
        _ demand: InstanceDemand, _ body: (LaunchedInstance) async throws -> Value
    ) async throws -> Value {
        guard let launch = configuration.launch else { throw Stop.skipped("no `launch` command is configured") }
        var environment = self.environment.merging(launch.environment) { _, new in new }
        if let name = demand.variant {
            guard let variant = launch.variants[name] else {
                throw Stop.skipped("no build variant ‘\(name)’ is configured (`launch.variants.\(name)`)")
            }
            environment.merge(variant) { _, new in new }
        }
        environment.merge(demand.environment) { _, new in new }
        recorder.made(on: .launched)
        guard demand.hasOwnMLflow else {
            return try await start(launch, environment, nil, body)
        }
        return try await withPrivateProxy(of: "mlflow") { address, fault in
            var environment = environment
            // Both names, because builds differ in which one wins (contract §3.1, §11.6).
            for name in ["MLFLOW_TRACKING_URI", "MLFLOW_SERVER_URL"] { environment[name] = "http://\(address)" }
            return try await start(launch, environment, fault, body)
        }
    }

    private func start<Value>(
        _ launch: LaunchSettings, _ environment: [String: String], _ fault: ToxiproxyFault?,
        _ body: (LaunchedInstance) async throws -> Value
    ) async throws -> Value {
        let port = try Self.freePort()
        let arguments = launch.command.map { $0.replacing("{port}", with: "\(port)") }
        let logPath = NSTemporaryDirectory() + "/plumbline-\(descriptor.id)-\(UUID().uuidString).log"
        defer { try? FileManager.default.removeItem(atPath: logPath) }
        var recordID: String?
        let process: StartedProcess
        do {
            process = try StartedProcess(
                ProcessLaunch(arguments: arguments, environment: environment), logPath: logPath
            ) { identity in
                let record = UndoRecord(
                    runID: runID, checkID: descriptor.id, what: "instance of the service, process \(identity.pid)",
                    openedAt: Date(), lease: descriptor.deadline + .seconds(60),
                    actions: [
                        .process(
                            .init(pid: identity.pid, startTime: identity.startTime, signal: SIGKILL, wholeGroup: true))
                    ])
                try undoLog.open(record)
                recordID = record.id
            }
        } catch {
            throw Stop.inconclusive("the instance could not be started: \(error)")
        }
        let headers = profile == .a ? [Self.bearer(try key("api"))] : []
        let target = TargetService(
            baseURL: "http://127.0.0.1:\(port)", profile: profile, http: http, headers: headers)
        let result: Result<Value, any Error>
        do {
            try await waitUntilAnswering(process, target, within: launch.startTimeout, logPath: logPath)
            result = .success(try await at(target) { try await body(.init(target: $0, mlflowFault: fault)) })
        } catch {
            result = .failure(error)
        }
        await process.end()
        if let recordID { try undoLog.close(recordID, by: "run") }
        return try result.get()
    }

    private func waitUntilAnswering(
        _ process: StartedProcess, _ target: TargetService, within patience: Duration, logPath: String
    ) async throws {
        let until = ContinuousClock.now + patience
        while ContinuousClock.now < until {
            guard process.isRunning else { break }
            // /version asks no dependency and needs no key outside profile A (contract §2.2).
            if (try? await target.get("/version", deadline: .seconds(2))) != nil { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        let log = String(decoding: FileManager.default.contents(atPath: logPath) ?? Data(), as: UTF8.self)
        recorder.attach(Evidence("output of the instance", text: log))
        let reason = process.isRunning ? "did not answer within \(patience.readable)" : "ended at once"
        throw Stop.inconclusive("the launched instance \(reason): \(log.suffix(300))")
    }

    /// A proxy of our own beside the configured one, to the same upstream.
    private func withPrivateProxy<Value>(
        of dependency: String, _ body: (_ address: String, _ fault: ToxiproxyFault) async throws -> Value
    ) async throws -> Value {
        guard let api = configuration.faults.toxiproxyURL, let shared = configuration.faults.proxies[dependency] else {
            throw Stop.skipped(
                "nothing here can break \(dependency): configure `faults.toxiproxy` and `faults.proxies`")
        }
        let upstream = try await toxiproxy("GET", "\(api)/proxies/\(shared)", nil)["upstream"]?.string
        guard let upstream, let host = HTTPAddress.host(of: api) else {
            throw Stop.inconclusive("\(api) did not tell the upstream of the proxy \(shared)")
        }
        let name = "plumbline-\(descriptor.id.rawValue.lowercased())-\(UUID().uuidString.prefix(8).lowercased())"
        let record = UndoRecord(
            runID: runID, checkID: descriptor.id, what: "proxy \(name) of a launched instance", openedAt: Date(),
            lease: descriptor.deadline + .seconds(60),
            actions: [
                .http(.init(method: "DELETE", url: "\(api)/proxies/\(name)", expectedStatuses: [200, 204, 404]))
            ])
        try undoLog.open(record)
        let result: Result<Value, any Error>
        do {
            let made = try await toxiproxy(
                "POST", "\(api)/proxies",
                ["name": .string(name), "listen": .string("\(host):0"), "upstream": .string(upstream), "enabled": true])
            guard let address = made["listen"]?.string else { throw Stop.inconclusive("\(api) made no proxy") }
            let fault = ToxiproxyFault(api: api, proxy: name, effect: .down, transport: http)
            result = .success(try await body(address, fault))
        } catch {
            result = .failure(error)
        }
        let replay = undoReplay
        let undone = try await Task { try await replay.run(.record(id: record.id), by: "run") }.value
        if let failure = undone.failed.first { throw Stop(.error("a proxy was left behind: \(failure.reason)")) }
        return try result.get()
    }

    private func toxiproxy(_ method: String, _ url: String, _ body: JSONValue?) async throws -> JSONValue {
        let answer: (status: Int, body: String)
        do {
            answer = try await http.send(
                method: method, url: url, headers: ["content-type": "application/json"],
                body: try body.map { try JSON.text($0) }, deadline: .seconds(5))
        } catch {
            throw Stop.inconclusive("the fault proxy does not answer: \(error)")
        }
        guard (200..<300).contains(answer.status),
            let json = try? JSON.decode(JSONValue.self, from: Data(answer.body.utf8))
        else { throw Stop.inconclusive("\(method) \(url) answered \(answer.status): \(answer.body.prefix(200))") }
        return json
    }

    /// A port that was free a moment ago; the instance's start fails clearly when somebody was faster.
    private static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
            }
        }
        guard descriptor >= 0, status == 0 else {
            throw Stop.inconclusive("no free port on the loopback: \(String(cString: strerror(errno)))")
        }
        return UInt16(bigEndian: address.sin_port)
    }
}

/// The parts of a URL that are needed without a URL type.
enum HTTPAddress {
    static func host(of url: String) -> String? {
        guard let start = url.range(of: "://")?.upperBound else { return nil }
        let authority = url[start...].prefix { $0 != "/" }
        guard !authority.isEmpty else { return nil }
        if authority.hasPrefix("[") { return authority.firstIndex(of: "]").map { String(authority[...$0]) } }
        return String(authority.prefix { $0 != ":" })
    }
}
