import AWSChecks
import Foundation
import Settings

/// Analyses a directory of CloudTrail log files and prints one JSON line: seconds, events, changes and the largest memory.
/// `ci/bench-cloudtrail` runs it beside the Python script of the same task.
@main
struct CloudTrailBenchmark {
    static func main() async throws {
        guard CommandLine.arguments.count == 2 else {
            print("usage: cloudtrail-benchmark DIRECTORY")
            exit(2)
        }
        let configuration = try Configuration.parse(
            "environment: development\naws: {}\n", path: "benchmark", environment: [:])
        guard let settings = configuration.aws else { exit(1) }
        let clock = ContinuousClock()
        let began = clock.now
        let record = await AWSSnapshotCollector.changes(
            inTrailDirectory: CommandLine.arguments[1], settings: settings, from: .distantPast, to: .distantFuture)
        let seconds = (clock.now - began).seconds
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let peak = status.split(separator: "\n").first { $0.hasPrefix("VmHWM") }?.filter(\.isNumber) ?? "0"
        print(
            "{\"seconds\": \(seconds), \"events\": \(record.eventsRead), \"changes\": \(record.changes.count), "
                + "\"gaps\": \(record.gaps.count), \"peak_kib\": \(peak)}")
    }
}
