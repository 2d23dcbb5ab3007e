import Foundation
import RunModel
import UndoLog

/// What one append to the undo log costs, and one look of the guardian, as the log grows.
///
/// `undo-benchmark DIRECTORY`: writes the table to stdout.
let directory = CommandLine.arguments.dropFirst().first ?? FileManager.default.temporaryDirectory.path
let run = RunID(rawValue: "benchmark")
let log = UndoLog(path: directory + "/undo.jsonl")
let guardian = UndoLog(path: log.path)

func record(_ number: Int) -> UndoRecord {
    UndoRecord(
        id: "\(number)", runID: run, checkID: "RG-01", what: "experiment \(number)", openedAt: Date(),
        lease: .seconds(900),
        actions: [
            .http(
                .init(
                    method: "DELETE", url: "http://127.0.0.1/api/\(number)", headers: ["content-type": "text/plain"],
                    body: String(repeating: "x", count: 200), expectedStatuses: [200, 404]))
        ])
}

/// The median of the processor time and of the whole time of 200 calls, in microseconds.
func medians(_ body: (Int) throws -> Void) rethrows -> (processor: Double, whole: Double) {
    var processor: [Double] = []
    var whole: [Double] = []
    for index in 0..<200 {
        let before = (ContinuousClock.now, processorTime())
        try body(index)
        whole.append(Double((ContinuousClock.now - before.0).components.attoseconds) / 1e12)
        processor.append(Double(processorTime() - before.1) / 1000)
    }
    return (processor.sorted()[100], whole.sorted()[100])
}

/// Processor time of this thread in nanoseconds.
func processorTime() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

print("| lines in the log | append: processor µs | append: whole µs | guardian's look, nothing new: µs |")
print("| --- | --- | --- | --- |")
var written = 0
for size in [0, 1000, 5000, 20_000] {
    while written < size {
        try log.open(record(written))
        try log.close("\(written)", by: "run")
        written += 2
    }
    let append = try medians { try log.open(record(1_000_000 + written + $0)) }
    for index in 0..<200 { try log.close("\(1_000_000 + written + index)", by: "run") }
    written += 400
    _ = try guardian.openRecords()
    let look = try medians { _ in _ = try guardian.openRecords() }
    print(
        "| \(size) | \(String(format: "%.0f", append.processor)) | \(String(format: "%.0f", append.whole)) | \(String(format: "%.1f", look.processor)) |"
    )
}
