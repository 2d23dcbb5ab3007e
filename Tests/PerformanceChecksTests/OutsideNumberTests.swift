import Foundation
import TestSupport
import Testing

@testable import PerformanceChecks

@Suite struct OutsideNumberTests {
    private static let numbers: Set<String> = ["1e300", "-1", "9223372036854775808", "1e19"]

    private static func cgroup(_ name: String, _ text: String) async throws -> LocalProcess.Group? {
        try await withTemporaryDirectory { directory in
            var files = ["cpu.stat": "throttled_usec 1\n", "memory.current": "1\n", "memory.max": "1\n"]
            files[name] = name == "cpu.stat" ? "throttled_usec \(text)\n" : text + "\n"
            let folders = ["proc/7", "groups/a"].map { directory.appending(path: $0) }
            for folder in folders {
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            }
            try Data("0::/a\n".utf8).write(to: folders[0].appending(path: "cgroup"))
            for (file, content) in files { try Data(content.utf8).write(to: folders[1].appending(path: file)) }
            return LocalProcess(
                pid: 7, proc: directory.appending(path: "proc").path, groups: directory.appending(path: "groups").path
            ).group
        }
    }

    static let readers: [NumberReader] = [
        NumberReader("throttled microseconds of a control group", accepts: numbers) {
            try await cgroup("cpu.stat", $0)?.throttledSeconds
        },
        NumberReader("the memory of a control group", accepts: numbers) {
            try await cgroup("memory.current", $0)?.memoryBytes
        },
        NumberReader("the memory limit of a control group", accepts: numbers) {
            try await cgroup("memory.max", $0)?.memoryLimit
        },
    ]

    @Test("no number from outside ends the process or is taken for one", arguments: readers, HostileNumber.texts)
    func table(reader: NumberReader, text: String) async {
        let problem = await reader.problem(with: text)
        #expect(problem == nil, "\(reader) of ‘\(text)’")
    }
}
