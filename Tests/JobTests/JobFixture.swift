import CheckKit
import Formats
import Foundation
import HTTPClient
import Logging
import RunModel
import Secrets
import Settings
import Synchronization
import UndoLog

@testable import Job

/// What the tests of the job are made of.
enum JobFixture {
    static let start = Date(timeIntervalSince1970: 1_770_091_506)

    static func configuration(_ yaml: String = "") throws -> Configuration {
        try Configuration.parse("environment: staging\n" + yaml, path: "test.yaml", environment: [:])
    }

    static func descriptor(
        _ id: CheckID, _ category: RunModel.Category = .serviceHealth, _ phase: Phase = .validation,
        needs: [Capability] = [], dependsOn: [CheckID] = [], excludes: [Exclusion] = [], isCritical: Bool = false,
        deadline: Duration = .seconds(30)
    ) -> CheckDescriptor {
        CheckDescriptor(
            id: id, title: "check \(id)", category: category, phase: phase, isCritical: isCritical, needs: needs,
            dependsOn: dependsOn, excludes: excludes, deadline: deadline)
    }

    static func header(_ phases: [Phase] = Phase.allCases) -> RunHeader {
        RunHeader(
            schema: JournalFormat.schema, runID: RunID(startedAt: start, random: 1), environment: "staging",
            isProduction: false, startedAt: start, build: "test", target: ["api": "http://api.localhost"],
            change: ["commit": "abc"], options: ["allowed": "reading only"], vantage: "a test", phases: phases,
            gate: Gate(),
            trace: try? TraceContext(traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))
    }

    static func result(_ id: CheckID, _ outcome: Outcome = .passed("fine")) -> CheckResult {
        CheckResult(id: id, outcome: outcome, startedAt: start, duration: .milliseconds(5))
    }

    /// A result in which nothing is missing that a result can have.
    static let fullResult = CheckResult(
        id: "A-3", outcome: .failed(.unrecorded, "m", expected: "e", got: "g"), startedAt: start,
        duration: .milliseconds(5),
        earlierAttempts: [Attempt(outcome: .timeout("late"), startedAt: start, duration: .seconds(1))],
        evidence: [
            EvidenceReference(
                title: "t", sha256: "0", fileExtension: "txt", size: 1,
                exchange: Exchange(
                    at: start, component: .api, method: "GET", path: "/health", status: 500, duration: .seconds(1)))
        ],
        measurements: [Metric("http.time", 1, .milliseconds, labels: ["endpoint": "/health"])], facts: [.profile: "B"],
        path: Path([.call(.vantage, .api, held: false)]), reproduction: "true",
        verification: Verification(
            .curl, "true", fault: [.exit([1]), .contains("a")], repaired: [.status([200]), .lacks("b")]),
        muted: Mute(owner: "o", reason: "r", expires: "2026-01-01"), leftBehind: ["a proxy"],
        faults: FaultMoment.Kind.allCases.map { FaultMoment(at: start, what: "cut", kind: $0, fault: "f-1") },
        logs: [ServiceLog(service: "api", source: "s", lines: "l", absence: "a")])

    static func key(_ change: (inout ResumeKey) -> Void = { _ in }) -> ResumeKey {
        var key = ResumeKey(
            schema: 1, build: "b", check: "c", configuration: "d", secrets: ["s": "v"], target: "t", commit: "e")
        change(&key)
        return key
    }

    static func plan(_ descriptors: [CheckDescriptor]) -> Plan {
        Plan(entries: descriptors.map { PlanEntry(descriptor: $0, decision: .run, resumeKey: key()) })
    }

    /// A clock that goes on by a millisecond with every look.
    static func ticking() -> @Sendable () -> Date {
        let count = Mutex(0)
        return {
            start.addingTimeInterval(
                Double(
                    count.withLock { count in
                        count += 1
                        return count
                    }) / 1000)
        }
    }

    static func redacted(_ value: some Encodable) throws -> RedactedBytes {
        Redactor([]).redact(json: [UInt8](try JSON.prettyData(value)), for: .documents)
    }

    static func runner(
        _ directory: URL, configuration: Configuration? = nil, attempts: AttemptRule = AttemptRule(),
        now: @escaping @Sendable () -> Date = { JobFixture.start }, redactor: Redactor = Redactor([])
    ) throws -> CheckRunner {
        let evidence = directory.appending(path: "evidence")
        try FileManager.default.createDirectory(at: evidence, withIntermediateDirectories: true)
        let configuration = try configuration ?? self.configuration()
        let http = HTTPClient(configuration.httpClientConfiguration)
        let log = UndoLog(path: directory.path + "/undo.jsonl")
        return CheckRunner(
            services: RunServices(
                configuration: configuration, runID: header().runID, http: http,
                undoLog: log,
                undoReplay: UndoReplay(
                    log: log, performer: UndoPerformer(transport: http, permission: { _ in nil }) { _ in nil }),
                environment: [:], vantage: "a test"),
            evidence: EvidenceStore(directory: evidence, redactor: redactor),
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, attempts: attempts, now: now,
            metrics: MetricsStore(directory: directory.appending(path: "metrics"), redactor: redactor),
            grace: .milliseconds(50))
    }
}

/// A check that does what the test says.
struct ScriptedCheck: Check {
    let descriptor: CheckDescriptor
    let body: @Sendable (CheckContext) async throws -> Outcome

    init(_ descriptor: CheckDescriptor, _ body: @escaping @Sendable (CheckContext) async throws -> Outcome) {
        self.descriptor = descriptor
        self.body = body
    }

    /// A pass keeps what was seen; a script that leaves nothing has seen its one line.
    func run(_ context: CheckContext) async throws -> Outcome {
        let outcome = try await body(context)
        let contents = context.recorder.contents
        if outcome.status == .passed, contents.evidence.isEmpty, contents.measurements.isEmpty {
            context.recorder.measure(Metric("scripted", 1, .count))
        }
        return outcome
    }
}

/// A small generator with a seed, so that a failure can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    let seed: UInt64

    /// A new seed each time, printed for whoever has to repeat it.
    init(_ purpose: String, seed: UInt64 = .random(in: 0 ... .max)) {
        self.seed = seed
        state = seed
        print("seed of \(purpose): \(seed)")
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
