import Foundation
import Glibc
import HTTPClient

/// Breaks a running stack as a scenario says, and makes it whole again.
struct ScenarioStage: Sendable {
    let directory: SandboxDirectory
    let state: SandboxState
    let client = HTTPClient(.readiness)
    private var ledger: ProcessLedger { ProcessLedger(directory: directory) }
    private var certificates: CertificateChange { CertificateChange(directory: directory, state: state) }

    /// The scenario before is taken back first: one cause at a time.
    func apply(_ scenario: Scenario) async throws {
        try await restore()
        let originals = try scenario.steps.compactMap { step in
            if case .restart(let part, _) = step { try Part.saved(part, in: directory) } else { nil }
        }
        try AppliedScenario(name: scenario.name, originals: originals).save(directory)
        for (index, step) in scenario.steps.enumerated() { try await apply(step, index, of: scenario) }
    }

    /// Makes everything as it was after `up`, whatever was done to it: resets the proxies, lets paused parts go on, starts
    /// what is missing.
    func restore() async throws {
        let applied = AppliedScenario.load(directory)
        try await toxiproxy("POST", "/reset", expecting: 204)
        // Servers that others need come first.
        let order = [Part.postgres, Part.redis, Part.auth, Part.mlflow, Part.gateway, Part.api, Part.balancer]
        for name in order {
            let original = applied?.originals.first { $0.name == name }
            let part = try original ?? Part.saved(name, in: directory)
            if original != nil { try await ledger.stop(name, signal: part.launch.stopSignal) }
            guard let record = ledger.record(name), record.isRunning else {
                try await ledger.stop(name)
                try await part.start(in: directory, client)
                continue
            }
            for process in record.members(workingDirectory: directory.path) where process.state == "T" {
                kill(process.pid, SIGCONT)
            }
        }
        try await certificates.restore()
        AppliedScenario.remove(directory)
    }

    private func apply(_ step: Scenario.Step, _ index: Int, of scenario: Scenario) async throws {
        switch step {
        case .stop(let name, let proxy):
            let part = try Part.saved(name, in: directory)
            if let proxy { try await toxiproxy("POST", "/proxies/\(proxy)", #"{"enabled":false}"#, expecting: 200) }
            try await ledger.stop(name, signal: part.launch.stopSignal)
        case .pause(let name):
            guard let record = ledger.record(name), record.isRunning else {
                throw SandboxError.scenario(reason: "\(name) does not run, so it cannot be paused")
            }
            for process in record.members(workingDirectory: directory.path) { kill(process.pid, SIGSTOP) }
        case .toxic(let proxy, let type, let attributes):
            let request = ToxicRequest(
                name: "\(scenario.name)-\(index)", type: type, stream: "downstream", toxicity: 1,
                attributes: attributes)
            let body = String(decoding: try JSONEncoder().encode(request), as: UTF8.self)
            try await toxiproxy("POST", "/proxies/\(proxy)/toxics", body, expecting: 200)
        case .certificate(let name, let kind): try await certificates.apply(kind, to: name)
        case .restart(let name, let environment):
            var part = try Part.saved(name, in: directory)
            try await ledger.stop(name, signal: part.launch.stopSignal)
            part.launch.environment.merge(environment) { _, new in new }
            // The settings may be what makes it unwell: that it answers at all is what shows that it runs.
            if name == Part.api {
                part.readiness = .http(url: part.address + "/live", host: nil, statuses: Array(200...599))
            }
            try await part.start(in: directory, client)
        }
    }

    private func toxiproxy(_ method: String, _ path: String, _ body: String? = nil, expecting status: Int) async throws
    {
        let request = HTTPRequest(
            method: method, url: state.urls.toxiproxy + path, headers: [HTTPHeader("Content-Type", "application/json")],
            body: body.map { Array($0.utf8) }, deadline: .seconds(5))
        do {
            let response = try await client.send(request)
            guard response.status == status else {
                throw SandboxError.scenario(
                    reason: "the fault proxy answered \(response.status) to \(method) \(path): \(response.text)")
            }
        } catch let error as HTTPError {
            throw SandboxError.scenario(reason: "the fault proxy does not answer: \(error)")
        }
    }
}
