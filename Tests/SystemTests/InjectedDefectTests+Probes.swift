import Foundation
import RunModel
import TestSupport
import Testing

extension InjectedDefectTests {
    /// A probe of a team's configuration, with the words of its failure; none when it must pass.
    private struct Probe {
        var name: String
        var kind: String
        var target: String
        var conditions: [String]
        var told: [String] = []

        var yaml: String {
            let quoted = conditions.map { "\"\($0)\"" }.joined(separator: ", ")
            return "  - { name: \(name), kind: \(kind), target: \"\(target)\", conditions: [\(quoted)] }"
        }
    }

    private static func probes(_ stack: LocalStack) -> [Probe] {
        let page = stack.state.urls.api + "/health"
        let host = "api.localhost:\(stack.state.ports["balancer"] ?? 0)"
        let database = "127.0.0.1:\(stack.state.ports["postgres"] ?? 0)"
        return [
            Probe(
                name: "page", kind: "http", target: page,
                conditions: [
                    "status == 200", "json.status == healthy", "header.content-type contains json",
                    "body contains healthy", "time < 9s", "certificate_days > 30",
                ]),
            Probe(
                name: "other-page", kind: "http", target: page,
                conditions: ["status == 418", "json.status == broken", "certificate_days > 1000"],
                told: ["3 of 3 conditions", "status is 200", "json.status is healthy", "certificate_days is 89"]),
            Probe(name: "port", kind: "tcp", target: database, conditions: ["connected == true", "time < 9s"]),
            Probe(
                name: "closed-port", kind: "tcp", target: "127.0.0.1:1", conditions: ["connected == true"],
                told: ["127.0.0.1:1 does not accept a connection"]),
            Probe(name: "name", kind: "dns", target: "api.localhost", conditions: ["value contains 127.0.0.1"]),
            Probe(
                name: "other-name", kind: "dns", target: "api.localhost", conditions: ["value == 192.0.2.7"],
                told: ["value is 127.0.0.1"]),
            Probe(name: "certificate", kind: "tls", target: host, conditions: ["certificate_days > 30"]),
            Probe(
                name: "old-certificate", kind: "tls", target: host, conditions: ["certificate_days > 365"],
                told: ["certificate_days is 89"]),
            Probe(
                name: "rows", kind: "sql", target: "SELECT count(*) FROM experiments", conditions: ["value >= 1"]),
            Probe(
                name: "other-rows", kind: "sql", target: "SELECT 41", conditions: ["value == 42"],
                told: ["value is 41"]),
            Probe(
                name: "writing", kind: "sql", target: "CREATE TABLE plumbline_probe (i int)",
                conditions: ["rows == 0"], told: ["read-only"]),
        ]
    }

    @Test("A team's own probes look at everything they may, and show the value that was there when they fail")
    func teamProbes() async throws {
        let stack = try await Self.stack()
        let probes = Self.probes(stack)
        let injection = try InjectedDefect.configured(
            stack, [("\nservices:\n", "\nprobes:\n\(probes.map(\.yaml).joined(separator: "\n"))\n\nservices:\n")])
        let run = try await ValidationRun.perform(configuration: injection.configuration, only: ["PROBE-*"])
        try await injection.undo()
        for probe in probes {
            let id = CheckID("PROBE-\(probe.name.uppercased())")
            #expect(run.results[id]?.status == (probe.told.isEmpty ? .passed : .failed), "\(id) \(run.told(id))")
            for word in probe.told { #expect(run.told(id).contains(word), "\(id) \(run.told(id))") }
        }
    }
}
