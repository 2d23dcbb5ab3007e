import AWSClient
import Formats
import Foundation
import RunModel
import Sockets
import TestSupport
import Testing

@testable import AWSChecks

/// Connections from here beside what the rules of a real topology say of the same way.
@Suite(.serialized) struct VantagePointTests {
    /// The clean account, seen from a task of the API that stands in its first subnet.
    private static func account() async throws -> (account: AWSAccount, snapshot: AWSSnapshot, own: String) {
        let account = try await AWSAccount.start()
        var snapshot = await account.snapshot()
        let services = try snapshot.services.known()
        let api = try #require(services.first { $0.serviceName == account.settings.ecsServices["api"] })
        let network = try #require(api.networkConfiguration?.awsvpcConfiguration)
        let subnet = try #require(try snapshot.subnets.known().first { $0.subnetId == network.subnets.first })
        let own = try #require(IPv4Block(subnet.cidrBlock)).hosts.first.description
        let groups = network.securityGroups.map { #"{"groupId":"\#($0)"}"# }.joined(separator: ",")
        let interface = """
            {"networkInterfaceId":"eni-1","subnetId":"\(subnet.subnetId)","privateIpAddress":"\(own)","groupSet":[\(groups)]}
            """
        snapshot.networkInterfaces = .value([try JSON.decode(EC2.NetworkInterface.self, from: Data(interface.utf8))])
        return (account, snapshot, own)
    }

    private static func outcome(
        _ account: AWSAccount, _ snapshot: AWSSnapshot, _ connections: [ProbedConnection]
    ) -> Outcome {
        var snapshot = snapshot
        snapshot.connections = connections
        return VantagePointCheck().outcome(over: snapshot, account.expectations)
    }

    private static func connection(
        _ role: String, _ port: Int, to peer: String, from own: String? = nil, _ ending: ProbedConnection.Ending
    ) -> ProbedConnection {
        ProbedConnection(
            role: role, host: "\(role).example", port: port, peer: peer, own: own, ending: ending,
            detail: ending == .connected ? "" : "\(ending)")
    }

    @Test func `an ending that agrees with the rules passes, one that does not fails with the way`() async throws {
        let (account, snapshot, own) = try await Self.account()
        defer { account.moto.stop() }
        let database = "10.0.250.9"
        let agreeing: [[ProbedConnection]] = [
            [Self.connection("database", 5432, to: database, from: own, .connected)],
            // The host was reached: that nobody listens there is no matter of rules.
            [Self.connection("database", 5432, to: database, from: own, .refused)],
            [Self.connection("database", 2222, to: database, from: own, .silent)],
            // Seen from outside: load balancers face the internet, the database does not.
            [Self.connection("load-balancer", 443, to: "198.51.100.9", .connected)],
            [Self.connection("database", 5432, to: "198.51.100.10", .silent)],
        ]
        for connections in agreeing {
            let outcome = Self.outcome(account, snapshot, connections)
            #expect(outcome.status == .passed, "\(connections) \(outcome)")
        }
        let silent = Self.outcome(
            account, snapshot, [Self.connection("database", 5432, to: database, from: own, .silent)])
        #expect(silent.isFailure(of: "AWS-NET-05", saying: "although every rule lets it pass"), "\(silent)")
        for port in [2222, 6379] {
            let open = Self.outcome(
                account, snapshot, [Self.connection("database", port, to: database, from: own, .connected)])
            #expect(open.isFailure(of: "AWS-NET-05", saying: "security group"), "\(open)")
        }
    }

    @Test func `a way that the rules do not cover is told and not judged`() async throws {
        let (account, snapshot, own) = try await Self.account()
        defer { account.moto.stop() }
        var direct = Self.connection("load-balancer", 8001, to: "10.0.250.9", from: own, .connected)
        direct.host = "10.0.250.9"
        for connections in [
            [], [direct], [Self.connection("database", 5432, to: "127.0.0.1", .connected)],
            [Self.connection("database", 5432, to: "10.0.250.9", .silent)],
            [Self.connection("cache", 6379, to: "192.168.1.9", from: "192.168.1.2", .connected)],
        ] {
            let outcome = Self.outcome(account, snapshot, connections)
            #expect(outcome.status == .skipped, "\(connections) \(outcome)")
        }
    }

    @Test func `connections are really tried`() async throws {
        let account = try await AWSAccount.start()
        defer { account.moto.stop() }
        let snapshot = await account.snapshot(of: [.connections], environment: ["AWS_EXECUTION_ENV": "test"])
        let connections = try #require(snapshot.connections)
        #expect(connections.map(\.role) == ["load-balancer", "mlflow"])
        for connection in connections {
            #expect(connection.ending == .connected && connection.peer == "127.0.0.1", "\(connection)")
            #expect(connection.own == "127.0.0.1")
        }
        #expect(SourceAddress.toward(try #require(IPAddress("127.0.0.1")))?.text == "127.0.0.1")
    }
}
