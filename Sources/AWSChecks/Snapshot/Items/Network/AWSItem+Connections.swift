import Formats
import Foundation
import Settings
import Sockets

extension AWSItem {
    /// Connections from here to what the configuration names.
    public static let connections = AWSItem("connections", at: \.connections) { collector, _ in
        await collector.connections()
    }
}

extension AWSSnapshot {
    /// Nil in snapshots of builds that did not try.
    public var connections: [ProbedConnection]? {
        get { self[.connections] }
        set { self[.connections] = newValue }
    }
}

extension ProbedConnection: SnapshotElement {}

extension AWSSnapshotCollector {
    private static let patience = Duration.seconds(3)
    /// A load balancer has an address in each zone.
    private static let largestAddressCount = 4

    /// Somewhere the configuration leads to.
    struct Destination: Sendable {
        var role: String
        var host: String
        var port: Int
    }

    /// What the configuration names, by the roles of the flows.
    static func destinations(_ configuration: Configuration) -> [Destination] {
        var found: [Destination] = []
        for (role, url) in [
            ("load-balancer", configuration.services.api), ("mlflow", configuration.services.mlflowDirect),
        ] {
            guard let url, let address = NetworkAddress(url) else { continue }
            found.append(
                Destination(
                    role: role, host: address.host, port: address.port ?? NetworkAddress.usualPort(of: url)))
        }
        if let database = configuration.database {
            found.append(Destination(role: "database", host: database.host, port: database.port))
        }
        if let redis = configuration.redis {
            found.append(Destination(role: "cache", host: redis.host, port: redis.port))
        }
        return found
    }

    /// Opens a connection to each and closes it again.
    fileprivate func connections() async -> [ProbedConnection] {
        // An address of a home network may be one of the account's too: only AWS itself sets these.
        let isInAWS = ["ECS_CONTAINER_METADATA_URI_V4", "AWS_EXECUTION_ENV"].contains { environment[$0] != nil }
        let resolve = services.resolve
        let tried = await withTaskGroup(of: [ProbedConnection].self) { group in
            for destination in destinations {
                group.addTask {
                    await Self.probe(destination, at: resolve[destination.host] ?? destination.host, isInAWS: isInAWS)
                }
            }
            var tried: [ProbedConnection] = []
            for await some in group { tried += some }
            return tried.sorted { ($0.role, $0.peer ?? "") < ($1.role, $1.peer ?? "") }
        }
        return tried
    }

    private static func probe(
        _ destination: Destination, at name: String, isInAWS: Bool
    ) async -> [ProbedConnection] {
        var connection = ProbedConnection(
            role: destination.role, host: destination.host, port: destination.port, ending: .unresolved, detail: "")
        let addresses: [IPAddress]
        do throws(NameResolutionError) {
            // The rules are followed for IPv4 only, so those addresses come first.
            let all = try await NameResolver.addresses(of: name, within: patience)
            addresses = all.filter { !$0.isIPv6 } + all.filter(\.isIPv6)
        } catch {
            connection.detail = error.description
            return [connection]
        }
        guard !addresses.isEmpty else {
            connection.detail = "\(name) has no address"
            return [connection]
        }
        var tried: [ProbedConnection] = []
        for address in addresses.prefix(largestAddressCount) {
            connection.peer = address.text
            connection.own = isInAWS ? SourceAddress.toward(address)?.text : nil
            do throws(StreamError) {
                let stream = try await TCPStream.connect(
                    address: address, port: destination.port, deadline: patience)
                await stream.close()
                (connection.ending, connection.detail) = (.connected, "")
            } catch {
                (connection.ending, connection.detail) = (error.kind == .refused ? .refused : .silent, error.message)
            }
            tried.append(connection)
        }
        return tried
    }
}
