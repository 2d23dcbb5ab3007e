import Foundation
import TestSupport
import Testing

@testable import Settings

@Suite struct OutsideNumberTests {
    private static func configured(_ lines: String, _ value: (Configuration) -> Double?) throws -> Double? {
        value(try Configuration.parse("environment: staging\n" + lines, path: "test.yaml", environment: [:]))
    }

    static let readers: [NumberReader] = [
        NumberReader("an integer of the configuration") { text in
            try configured("limits: { parallel_checks: '\(text)' }") { Double($0.limits.parallelChecks) }
        },
        NumberReader("a threshold of the configuration") { text in
            try configured("thresholds: { LD-01.p95_ms: '\(text)' }") { $0.thresholds["LD-01.p95_ms"] }
        },
        NumberReader("a share of the configuration") { text in
            try configured("gate: { minimum_coverage: '\(text)' }") { $0.gate.minimumCoverage }
        },
        NumberReader("a time-out of the configuration") { text in
            try configured("limits: { run_deadline: '\(text)' }") { $0.limits.runDeadline.seconds }
        },
        NumberReader("a port of the configuration") { text in
            try configured("database: { host: a, user: b, name: c, port: '\(text)' }") {
                $0.database.map { Double($0.port) }
            }
        },
        NumberReader("an address of the configuration", accepts: [""]) { text in
            try configured("services: { api: 'http://localhost:\(text)' }") {
                $0.services.url(of: .api) == nil ? nil : 1
            }
        },
        NumberReader("a length of time in the configuration or on the command line") { text in
            for unit in ["ms", "s", "m", "h"] {
                if let duration = Duration(text: text + unit) { return duration.seconds }
            }
            return Duration(text: text)?.seconds
        },
    ]

    @Test("no number from outside ends the process or is taken for one", arguments: readers, HostileNumber.texts)
    func table(reader: NumberReader, text: String) async {
        let problem = await reader.problem(with: text)
        #expect(problem == nil, "\(reader) of ‘\(text)’")
    }
}
