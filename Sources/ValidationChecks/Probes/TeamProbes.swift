import CheckKit
import Formats
import Foundation
import HTTPClient
import PostgresClient
import RunModel
import Settings
import Sockets

/// The checks that a team declares in the `probes` block of its configuration.
struct TeamProbes: CheckFamily {
    func checks(for configuration: Configuration) -> [any Check] {
        var taken: Set<String> = []
        return configuration.probes.map { probe in
            let name = Self.identifier(probe.name)
            var id = name
            var number = 2
            while !taken.insert(id).inserted {
                id = "\(name)-\(number)"
                number += 1
            }
            return TeamProbe(id: CheckID("PROBE-\(id)"), settings: probe)
        }
    }

    /// `Checkout page (EU)` becomes `CHECKOUT-PAGE-EU`.
    static func identifier(_ name: String) -> String {
        let words = name.uppercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
        return words.isEmpty ? "UNNAMED" : words.joined(separator: "-")
    }
}

/// One probe. The family makes it.
struct TeamProbe {
    let id: CheckID
    let settings: ProbeSettings
}

extension TeamProbe: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: id, title: settings.name, intent: "Declared by the team in its configuration.",
            procedure: "\(settings.kind.rawValue) \(settings.target): \(conditions.joined(separator: ", "))",
            category: .probes, phase: .validation, severity: settings.isCritical ? .critical : .medium,
            isCritical: settings.isCritical, needs: settings.kind == .sql ? [.reach(.database)] : [],
            deadline: settings.deadline + .seconds(5))
    }

    /// Without a condition of its own a probe still means something.
    private var conditions: [String] {
        guard settings.conditions.isEmpty else { return settings.conditions }
        return switch settings.kind {
        case .http: ["status < 400"]
        case .tcp: ["connected == true"]
        case .dns: ["addresses >= 1"]
        case .tls: ["certificate_days > 0"]
        case .sql: ["rows >= 1"]
        }
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        var parsed: [ProbeCondition] = []
        for text in conditions {
            guard let condition = ProbeCondition(text) else {
                return .error(
                    "‘\(text)’ is no condition; write SUBJECT SIGN VALUE with a subject of \(ProbeCondition.subjects.joined(separator: ", ")), header.NAME, json.PATH"
                )
            }
            parsed.append(condition)
        }
        let observation: ProbeObservation =
            switch settings.kind {
            case .http: try await observeHTTP(context)
            case .tcp: try await observeTCP(context, tls: false)
            case .tls: try await observeTCP(context, tls: true)
            case .dns: try await observeDNS(context)
            case .sql: try await observeSQL(context)
            }
        let values = observation.values.filter { $0.key != "body" }.sorted { $0.key < $1.key }
        context.recorder.attach(
            Evidence("what the probe saw", text: values.map { "\($0.key): \($0.value)" }.joined(separator: "\n") + "\n")
        )
        return observation.judge(parsed)
    }

    private func observeHTTP(_ context: CheckContext) async throws -> ProbeObservation {
        let request = HTTPRequest(
            method: settings.method, url: settings.target,
            headers: settings.headers.sorted { $0.key < $1.key }.map { HTTPHeader($0.key, $0.value) },
            body: settings.body.map { Array($0.utf8) }, deadline: settings.deadline,
            collectsCertificates: settings.target.hasPrefix("https:"))
        let response = try await context.ask(request, measuredAs: settings.name)
        return ProbeObservation(response)
    }

    private func observeTCP(_ context: CheckContext, tls: Bool) async throws -> ProbeObservation {
        guard let (host, port) = place(tls ? 443 : nil) else {
            return .unreadable("‘\(settings.target)’ is no host:port")
        }
        let place = NetworkAddress(host: host, port: port).description
        context.recorder.reproduce(
            with: tls
                ? "openssl s_client -connect \"\(place)\" -servername \"\(host)\" </dev/null"
                : "nc -vz \"\(host)\" \(port)")
        let start = ContinuousClock.now
        do throws(StreamError) {
            let stream = try await TCPStream.connect(host: host, port: port, deadline: settings.deadline)
            var observation = ProbeObservation(values: ["connected": "true", "addresses": stream.address.text])
            if tls {
                let roots = context.configuration.services.caFile
                let peer = try await stream.startTLS(
                    TLSConfiguration(serverName: host, rootCertificates: roots, verifies: false),
                    deadline: settings.deadline)
                observation.problem = peer.problem.map { "the certificate is not to be trusted: \($0)" }
                observation.values["certificate_days"] = peer.chain.first.map { "\($0.daysLeft(at: Date()))" }
            }
            await stream.close()
            observation.values["time"] = "\((ContinuousClock.now - start).milliseconds)ms"
            return observation
        } catch {
            if error.isReachability, error.kind != .refused, !PrivateHost.isAnswerable(host) {
                throw Stop.inconclusive(
                    .noConnection(error, to: Component(.dnsName, host), at: place),
                    context.notReachable(host, error.description))
            }
            throw Stop.failed(
                .noConnection(error, to: Component(.dnsName, host), at: place),
                "\(place) does not accept a connection", expected: "a connection", got: error.description)
        }
    }

    private func observeDNS(_ context: CheckContext) async throws -> ProbeObservation {
        context.recorder.reproduce(with: "getent ahosts \"\(settings.target)\"")
        let start = ContinuousClock.now
        do throws(NameResolutionError) {
            let addresses = try await NameResolver.addresses(of: settings.target, within: settings.deadline)
            let time = "\((ContinuousClock.now - start).milliseconds)ms"
            return ProbeObservation(values: [
                "addresses": "\(addresses.count)", "value": addresses.map(\.text).joined(separator: ","), "time": time,
            ])
        } catch {
            throw PrivateHost.isAnswerable(settings.target)
                ? Stop.failed(
                    .unresolved(Component(.dnsName, settings.target), at: settings.target), "the name has no address",
                    expected: "an address", got: error.description)
                : Stop.inconclusive(
                    .unresolved(Component(.dnsName, settings.target), at: settings.target),
                    context.notReachable(settings.target, error.description))
        }
    }

    private func observeSQL(_ context: CheckContext) async throws -> ProbeObservation {
        // Probes look, they never write, whatever the statement says.
        let connection = try await context.connectToDatabase(settings: ["default_transaction_read_only": "on"])
        let start = ContinuousClock.now
        let rows = try await context.ask(connection, settings.target)
        let time = "\((ContinuousClock.now - start).milliseconds)ms"
        await connection.close()
        var values = ["rows": "\(rows.rows.count)", "time": time]
        values["value"] = rows.scalar
        return ProbeObservation(values: values)
    }

    /// Host and port of the target; brackets stand around an IPv6 address.
    private func place(_ usual: Int?) -> (String, Int)? {
        guard let address = NetworkAddress(settings.target), let port = address.port ?? usual, port > 0 else {
            return nil
        }
        return (address.host, port)
    }
}
