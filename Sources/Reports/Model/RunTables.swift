import RunModel
import Synchronization

/// What documents tell of all checks together, worked out once for all of them.
struct RunTables: Sendable {
    let latencies: [LatencyRow]
    let figures: [FigureRow]
    let sweeps: [SweepRow]
    /// Asked by checks that passed, and by checks that failed.
    let endpoints: [EndpointRow]
    let failingEndpoints: [EndpointRow]
    let integrations: [IntegrationRow]
    let errorPatterns: [ErrorPattern]
    let suiteCoverage: String?

    init(_ rows: [CheckRow]) {
        let results = rows.compactMap(\.result)
        latencies = LatencyRow.all(in: results)
        figures = FigureRow.all(in: results)
        sweeps = SweepRow.all(in: results)
        let undisturbed = rows.filter { !$0.descriptor.breaksSomething }
        endpoints = EndpointRow.all(in: undisturbed.filter(\.isWorking))
        failingEndpoints = EndpointRow.all(
            in: undisturbed.filter { [.failed, .timeout].contains($0.result?.status) })
        integrations = IntegrationRow.all(in: undisturbed)
        errorPatterns = ErrorPattern.all(in: results)
        suiteCoverage = SuiteRow.coverage(in: results)
    }
}

/// A value that is made when it is first wanted, once for all copies of its owner.
final class Once<Value: Sendable>: Sendable {
    private let made = Mutex<Value?>(nil)

    func value(_ make: () -> Value) -> Value {
        made.withLock { made in
            if let made { return made }
            let value = make()
            made = value
            return value
        }
    }
}
