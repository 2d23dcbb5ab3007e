import AWSClient
import Foundation
import Testing

@testable import AWSChecks
@testable import CheckKit

/// Since when a service fails, which decides whose log lines are shown and from when.
@Suite struct ServiceTroubleTests {
    private static let window = Date(timeIntervalSince1970: 1000)

    private func snapshot(running: Int = 2, deployment: String = "", tasks: String = "") throws -> AWSSnapshot {
        var snapshot = AWSSnapshot(takenAt: Date(timeIntervalSince1970: 4600), region: "us-east-1")
        let service = """
            {"serviceName":"api","serviceArn":"arn:aws:ecs:us-east-1:123456789012:service/c/api","status":"ACTIVE",
             "desiredCount":2,"runningCount":\(running),"pendingCount":0,"deployments":[\(deployment)],"events":[],
             "serviceRegistries":[],"loadBalancers":[]}
            """
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .secondsSince1970
        snapshot.services = .value([try decoder.decode(ECS.Service.self, from: Data(service.utf8))])
        snapshot.tasks["api"] = .value(try decoder.decode([ECS.Task].self, from: Data("[\(tasks)]".utf8)))
        return snapshot
    }

    private func task(_ status: String, _ more: String) -> String {
        """
        {"taskArn":"arn:aws:ecs:us-east-1:123456789012:task/c/1","lastStatus":"\(status)","attributes":[],
         "containers":[{"name":"api","exitCode":1}],\(more)}
        """
    }

    @Test func `a service that is well has no trouble`() throws {
        let stopped = task("STOPPED", #""stopCode":"ServiceSchedulerInitiated","stoppedAt":2000"#)
        #expect(try snapshot(tasks: stopped).trouble(of: "api", from: Self.window) == nil)
        #expect(try snapshot().trouble(of: "another", from: Self.window) == nil)
    }

    @Test func `the first sign is where trouble begins, and never before the window`() throws {
        let died = task("STOPPED", #""stopCode":"EssentialContainerExited","stoppedAt":2000"#)
        let earlier = task("STOPPED", #""stopCode":"EssentialContainerExited","stoppedAt":500"#)
        let failed = #"{"status":"PRIMARY","rolloutState":"FAILED","updatedAt":3000}"#
        #expect(try snapshot(tasks: died).trouble(of: "api", from: Self.window)?.timeIntervalSince1970 == 2000)
        #expect(
            try snapshot(deployment: failed, tasks: died).trouble(of: "api", from: Self.window)?.timeIntervalSince1970
                == 2000)
        #expect(try snapshot(deployment: failed).trouble(of: "api", from: Self.window)?.timeIntervalSince1970 == 3000)
        #expect(try snapshot(tasks: died + "," + earlier).trouble(of: "api", from: Self.window) == Self.window)
        #expect(try snapshot(running: 1).trouble(of: "api", from: Self.window) == Self.window)
    }

    @Test func `a state that could not be read is no good state`() throws {
        var unread = try snapshot()
        unread.services = nil
        #expect(throws: Stop.self) { try unread.trouble(of: "api", from: Self.window) }
    }
}
