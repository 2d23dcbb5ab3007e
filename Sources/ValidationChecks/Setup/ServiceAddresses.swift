import CheckKit
import Formats
import RunModel
import Settings
import Sockets

/// One check for each configured address: its name resolves from here, and something accepts connections there.
struct ServiceAddresses: CheckFamily {
    func checks(for configuration: Configuration) -> [any Check] {
        let services: [(CheckID, Service)] = [
            ("SD-02", .api), ("SD-03", .registry), ("SD-04", .auth), ("SD-05", .mlflow), ("SD-06", .mlflowDirect),
            ("SD-07", .database), ("SD-08", .redis),
        ]
        return services.map { ServiceAddress(id: $0.0, service: $0.1) }
    }
}

struct ServiceAddress {
    let id: CheckID
    let service: Service
}

extension ServiceAddress: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: id, title: "The address of \(service) resolves and accepts connections",
            intent: "Tells a wrong name or a closed door from a service that answers badly.",
            procedure: "Resolve the configured host, then open one TCP connection to each address and close it.",
            category: .discovery, phase: .setup, severity: .high, isCritical: [.api, .auth].contains(service),
            needs: [.reach(service)], deadline: .seconds(30),
            risk: "Nothing that uses \(service) can work from here.",
            remediation: Remediation(
                summary: "Correct the name in DNS or Cloud Map, or open the way in the security groups.",
                command: "getent ahosts HOST && nc -vz HOST PORT"))
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        guard let (host, port) = address(in: context.configuration) else {
            return .skipped("\(service) is not configured")
        }
        let place = context.configuration.place(of: service) ?? host
        let component =
            service == .database || service == .redis
            ? Component.service(service)
            : context.configuration.services.url(of: service).flatMap(context.configuration.destination)?.door
                ?? .service(service)
        let isInside = !PrivateHost.isAnswerable(host)
        let addresses: [IPAddress]
        do {
            addresses = try await resolve(host, context)
        } catch let error as NameResolutionError {
            let reason = "\(host) does not resolve from \(context.vantage): \(error.message)"
            return isInside
                ? .inconclusive(.unresolved(component, at: place), reason + "; it is a name of the inside network")
                : .failed(.unresolved(component, at: place), reason, expected: "an address", got: "\(error)")
        }
        context.recorder.establish(
            .address(of: service),
            "\(NetworkAddress(host: host, port: port)) → \(addresses.map(\.text).joined(separator: ", "))")
        var refusals: [String] = []
        var symptom = Symptom.unresolved(component, at: place)
        // All of them within the check's own deadline.
        let patience = min(.seconds(5), .seconds(18) / max(1, addresses.count))
        for address in addresses {
            do {
                let stream = try await TCPStream.connect(address: address, port: port, deadline: patience)
                context.recorder.measure(
                    Metric(
                        "tcp.connect", stream.connectDuration.milliseconds, .milliseconds,
                        labels: ["service": service.rawValue])
                )
                await stream.close()
                context.recorder.touch(.call(.vantage, component, held: true))
                return .passed(
                    "\(NetworkAddress(host: host, port: port)) is \(address.text), connected in \(stream.connectDuration.readable)"
                )
            } catch {
                refusals.append("\(address.text): \(error)")
                context.recorder.touch(.call(.vantage, component, held: false))
                symptom = .noConnection(error, to: component, at: place)
            }
        }
        let reason = "no address of \(host) accepts a connection on port \(port) from \(context.vantage)"
        let got = refusals.joined(separator: "; ")
        return isInside
            ? .inconclusive(symptom, "\(reason): \(got)") : .failed(symptom, reason, expected: "a connection", got: got)
    }

    private func resolve(_ host: String, _ context: CheckContext) async throws -> [IPAddress] {
        if let fixed = context.configuration.services.resolve[host].flatMap(IPAddress.init) {
            return [fixed]
        }
        return try await NameResolver.addresses(of: host, within: .seconds(10))
    }

    private func address(in configuration: Configuration) -> (host: String, port: Int)? {
        switch service {
        case .database: return configuration.database.map { ($0.host, $0.port) }
        case .redis: return configuration.redis.map { ($0.host, $0.port) }
        default:
            guard let url = configuration.services.url(of: service), let address = NetworkAddress(url) else {
                return nil
            }
            return (address.host, address.port ?? NetworkAddress.usualPort(of: url))
        }
    }
}
