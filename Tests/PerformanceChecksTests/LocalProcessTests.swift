import AWSClient
import Formats
import Foundation
import TestSupport
import Testing

@testable import PerformanceChecks

@Suite struct LocalProcessTests {
    @Test func `this process is found by its file, and its figures grow with its work`() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "pid").path
            try Data("\(getpid()) 17 boot\n".utf8).write(to: URL(filePath: file))
            let process = try #require(LocalProcess(pidFile: file))
            let before = try #require(process.figures)
            #expect(before.memoryBytes > 1_000_000)
            let end = ContinuousClock.now + .milliseconds(300)
            var sum = 0
            while ContinuousClock.now < end { sum &+= 1 }
            let after = try #require(process.figures)
            #expect(after.processorSeconds > before.processorSeconds, "\(sum)")
            #expect(after.startTime == before.startTime)
        }
    }

    @Test func `a file that names nobody is no process`() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "pid").path
            #expect(LocalProcess(pidFile: file) == nil)
            try Data("nobody".utf8).write(to: URL(filePath: file))
            #expect(LocalProcess(pidFile: file) == nil)
        }
    }

    @Test func `limits of the control group are read as the kernel writes them`() async throws {
        try await withTemporaryDirectory { directory in
            let files = [
                "proc/42/cgroup": "0::/ecs/task\n",
                "cgroup/ecs/task/cpu.stat": "usage_usec 9\nnr_periods 4\nnr_throttled 2\nthrottled_usec 1500000\n",
                "cgroup/ecs/task/memory.current": "268435456\n", "cgroup/ecs/task/memory.max": "max\n",
            ]
            for (name, text) in files {
                let url = directory.appending(path: name)
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: url)
            }
            let process = LocalProcess(
                pid: 42, proc: directory.appending(path: "proc").path, groups: directory.appending(path: "cgroup").path)
            #expect(
                process.group == .init(throttledSeconds: 1.5, memoryBytes: 268_435_456, memoryLimit: nil))
            #expect(process.figures == nil)
        }
    }

    @Test func `only minutes of the load count of CloudWatch's figures`() throws {
        let start = Date(timeIntervalSince1970: 6000)
        func series(_ id: String, _ values: [Double]) throws -> CloudWatch.Series {
            let moments = [-60.0, 0, 60].map { Timestamp.text(start.addingTimeInterval($0)) }
            let text = JSONValue.object([
                "id": .string(id), "timestamps": .array(moments.map { .string($0) }),
                "values": .array(values.map { .number($0) }),
            ])
            return try JSON.decode(CloudWatch.Series.self, from: JSON.data(text))
        }
        let use = CloudWatchUse([try series("cpu", [99, 40, 55]), try series("memory", [97, 61, 60])], since: start)
        #expect(use?.processor == 55 && use?.memory == 61)
        #expect(try CloudWatchUse([series("cpu", [99, 40, 55])], since: start) == nil)
        #expect(CloudWatchUse([], since: start) == nil)
    }
}
