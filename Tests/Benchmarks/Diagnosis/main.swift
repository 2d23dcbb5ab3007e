import Diagnosis
import Foundation
import RunModel

/// How long diagnosis takes as runs grow: inference alone, and everything that is said of a run.
///
/// `diagnosis-benchmark [RESULTS…]`: writes the table to stdout; 500, 5,000 and 100,000 results where none are given.
let sizes = CommandLine.arguments.dropFirst().compactMap { Int($0) }
let start = Date(timeIntervalSince1970: 1_770_091_506)

/// A run in which every share of the results fails, with ways through five services and a number of other parts that use each
/// other in circles.
func record(_ count: Int, failing share: Int) -> RunRecord {
    let services: [Component] = [.api, .auth, .mlflow, .database, .redis]
    let reasons = ForeignError.Reason.allCases
    var entries: [PlanEntry] = []
    var results: [CheckID: CheckResult] = [:]
    for number in 0..<count {
        let id = CheckID("X-\(number)")
        let service = services[number % services.count]
        let part = Component(.targetGroup, "part-\(number % 300)")
        let next = Component(.targetGroup, "part-\((number + 1) % 300)")
        let fails = number % share == 0
        let symptom: Symptom =
            switch number / share % 4 {
            case 0: .noConnection(NoConnection(service, at: "10.0.0.1:1", .refused))
            case 1: .report(by: .api, ForeignError(service, reasons[number % reasons.count], says: "no answer"))
            case 2: .ailment(Ailment(part, .targetUnhealthy, says: "timeout"))
            default:
                .answer(HTTPAnswer(service, path: "/page/\(number)", status: 502, says: "<html>Bad Gateway</html>"))
            }
        var descriptor = CheckDescriptor(
            id: id, title: "check \(number)", category: Category.allCases[number % Category.allCases.count],
            phase: .validation)
        descriptor.isCritical = number.isMultiple(of: 10)
        entries.append(PlanEntry(descriptor: descriptor, decision: .run))
        results[id] = CheckResult(
            id: id, outcome: fails ? .failed(symptom, "m", expected: "e", got: "g") : .passed("fine"),
            startedAt: start.addingTimeInterval(Double(number) / 100), duration: .milliseconds(number % 900),
            path: Path([
                .call(.vantage, .api, held: !fails), .call(.api, service, held: !fails),
                .call(service, part, held: true), .call(part, next, held: number.isMultiple(of: 7)),
            ]))
    }
    let header = RunHeader(
        schema: 1, runID: RunID(startedAt: start, random: 1), environment: "benchmark", isProduction: false,
        startedAt: start, build: "benchmark", target: [:], change: [:], options: [:], vantage: "here", gate: Gate())
    return RunRecord(header: header, plan: Plan(entries: entries), results: results, lastActivity: start)
}

/// The median of five calls in milliseconds: as a clock has it, and of the processor alone, which other programs do not lengthen.
func median(_ body: () -> Int) -> (elapsed: Double, processor: Double, found: Int) {
    var found = 0
    var (elapsed, processor): ([Double], [Double]) = ([], [])
    for _ in 0..<5 {
        let (before, used) = (ContinuousClock.now, clock())
        found = body()
        let took = ContinuousClock.now - before
        processor.append(Double(clock() - used) * 1e3 / Double(CLOCKS_PER_SEC))
        elapsed.append(Double(took.components.seconds) * 1e3 + Double(took.components.attoseconds) / 1e15)
    }
    return (elapsed.sorted()[2], processor.sorted()[2], found)
}

func figure(_ value: Double) -> String { value.formatted(.number.precision(.fractionLength(1)).grouping(.never)) }

print("| results | failed | inference, ms | of the processor | findings, ms | of the processor | findings |")
print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
for size in sizes.isEmpty ? [500, 5000, 100_000] : sizes {
    for share in [20, 2] {
        let run = record(size, failing: share)
        let inference = median { Inference(of: run).explanations.count }
        let whole = median { Assessment(of: run).findings.count }
        print(
            "| \(size) | \(size / share) | \(figure(inference.elapsed)) | \(figure(inference.processor)) | "
                + "\(figure(whole.elapsed)) | \(figure(whole.processor)) | \(whole.found) |"
        )
    }
}
