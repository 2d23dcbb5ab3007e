import Foundation
import RunModel
import Secrets
import TestSupport
import Testing

@testable import Job

@Suite struct ResumeTests {
    private func record(_ results: [CheckResult], _ plan: Plan) -> RunRecord {
        RunRecord(
            header: JobFixture.header(), plan: plan, results: Dictionary(results.map { ($0.id, $0) }) { $1 },
            lastActivity: JobFixture.start)
    }

    private func dropped(
        _ results: [CheckResult], old: Plan, new: Plan? = nil, limits: String = "", after: TimeInterval = 1,
        isWhole: (CheckResult) -> Bool = { _ in true }
    ) throws -> [CheckID: [String]] {
        ResumeDecision(
            of: record(results, old), newPlan: new ?? old, limits: try JobFixture.configuration(limits).limits,
            now: JobFixture.start.addingTimeInterval(after), isWhole: isWhole
        ).dropped
    }

    private let single = JobFixture.plan([JobFixture.descriptor("A-1")])

    @Test("nothing has changed, so everything counts")
    func reuse() throws {
        #expect(try dropped([JobFixture.result("A-1")], old: single) == [:])
        #expect(
            try dropped([JobFixture.result("A-1", .failed(.unrecorded, "m", expected: "e", got: "g"))], old: single)
                == [:])
    }

    static let changes: [(name: String, change: @Sendable (inout ResumeKey) -> Void)] = [
        ("schema", { $0.schema = 2 }), ("build", { $0.build = "x" }), ("check", { $0.check = "x" }),
        ("configuration", { $0.configuration = "x" }), ("secrets", { $0.secrets["s"] = "x" }),
        ("target", { $0.target = "x" }), ("commit", { $0.commit = "x" }),
    ]

    @Test(
        "a change of any input of the key makes the check run again, by the name of the input",
        arguments: changes.map(\.name))
    func keys(name: String) throws {
        let change = try #require(Self.changes.first { $0.name == name }?.change)
        var new = single
        new.entries[0].resumeKey = JobFixture.key(change)
        #expect(try dropped([JobFixture.result("A-1")], old: single, new: new) == ["A-1": [name]])
    }

    @Test(
        "a live result counts for as long as its category allows",
        arguments: [
            (RunModel.Category.serviceHealth, 3600.0), (.chaos, 600), (.load, 600), (.performance, 600), (.aws, 3600),
        ])
    func age(category: RunModel.Category, limit: TimeInterval) throws {
        let plan = JobFixture.plan([JobFixture.descriptor("A-1", category)])
        #expect(try dropped([JobFixture.result("A-1")], old: plan, after: limit) == [:])
        let reasons = try dropped([JobFixture.result("A-1")], old: plan, after: limit + 1)["A-1"]
        #expect(reasons?.first?.hasPrefix("age ") == true)
        let shorter = "limits:\n  maximum_age:\n    \(category.rawValue): 5s"
        #expect(try dropped([JobFixture.result("A-1")], old: plan, limits: shorter, after: 6) != [:])
    }

    @Test("a result whose evidence is missing or changed is made again")
    func evidence() throws {
        #expect(
            try dropped([JobFixture.result("A-1")], old: single) { _ in false } == [
                "A-1": ["evidence missing or changed"]
            ])
    }

    @Test("a check that is gone from the catalogue, or planned otherwise, does not count")
    func plan() throws {
        #expect(try dropped([JobFixture.result("A-1")], old: single, new: Plan(entries: [])) == ["A-1": ["catalogue"]])
        var new = single
        new.entries[0].decision = .skip("not allowed")
        #expect(try dropped([JobFixture.result("A-1")], old: single, new: new)["A-1"]?.contains("plan") == true)
    }

    @Test("what was blocked because of a result that no longer counts is made again, down the whole chain")
    func dependants() throws {
        let plan = JobFixture.plan([
            JobFixture.descriptor("A-1", .chaos), JobFixture.descriptor("A-2", dependsOn: ["A-1"]),
            JobFixture.descriptor("A-3", dependsOn: ["A-2"]), JobFixture.descriptor("A-4", dependsOn: ["A-1"]),
        ])
        let results = [
            JobFixture.result("A-1", .failed(.unrecorded, "m", expected: "e", got: "g")),
            JobFixture.result("A-2", .blocked(by: "A-1")),
            JobFixture.result("A-3", .blocked(by: "A-2")), JobFixture.result("A-4"),
        ]
        let dropped = try dropped(results, old: plan, after: 700)
        #expect(dropped.keys.sorted() == ["A-1", "A-2", "A-3"])
        #expect(dropped["A-3"] == ["dependency A-2"])
    }

    // MARK: Which run is taken up

    private func open(
        _ state: StateDirectory, header: RunHeader = JobFixture.header(), resumes: Bool = true, plan: Plan? = nil,
        identity: [String: String] = [:]
    ) async throws -> RunOpening.Opened {
        let opening = RunOpening(
            state: state, redactor: Redactor([]), now: JobFixture.ticking(),
            log: LogSink(format: .text, level: .critical), identify: { _ in identity }, keep: {})
        let limits = try JobFixture.configuration().limits
        let opened = try await opening.open(
            plan: plan ?? single, header: header, resumes: resumes, limits: limits, progress: { _ in })
        opened.journal.close()
        return opened
    }

    /// A state directory with one run, whose journal holds the events after its start.
    private func withRun(
        _ events: [JournalEvent], isDelivered: Bool = false,
        _ body: (StateDirectory, RunDirectory) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { url in
            let state = try StateDirectory.open(path: url.path, environment: "staging")
            let run = state.run(JobFixture.header().runID)
            try run.create()
            let journal = try Journal.open(
                path: run.journalPath, redactor: Redactor([]), now: JobFixture.ticking()
            ).journal
            try journal.append(.runStarted(JobFixture.header(), single))
            for event in events { try journal.append(event) }
            journal.close()
            if isDelivered { try Data().write(to: URL(fileURLWithPath: run.deliveryPath)) }
            try await body(state, run)
        }
    }

    private func later(_ change: (inout RunHeader) -> Void = { _ in }) -> RunHeader {
        var header = JobFixture.header()
        header.startedAt = JobFixture.start.addingTimeInterval(60)
        header.runID = RunID(startedAt: header.startedAt, random: 2)
        change(&header)
        return header
    }

    private static let end = JournalEvent.runFinished(Verdict(of: RunRecordFixture.passing))

    @Test("a run that died goes on with what it has")
    func unfinished() async throws {
        try await withRun([.checkStarted("A-1"), .checkFinished(JobFixture.result("A-1"))]) { state, run in
            let opened = try await open(state, header: later())
            #expect(opened.directory.url.lastPathComponent == run.url.lastPathComponent)
            #expect(opened.record.results.count == 1 && opened.record.resumes.count == 1)
        }
    }

    @Test("a run that was stopped by a signal goes on, although its partial bundle was delivered")
    func interrupted() async throws {
        for cause in [Interruption.terminated, .interrupted, .deadline] {
            try await withRun([.interrupted(cause), Self.end], isDelivered: true) { state, run in
                let opened = try await open(state, header: later()).directory.url.lastPathComponent
                #expect(opened == run.url.lastPathComponent)
            }
        }
    }

    @Test("a run that died between its last event and its bundle goes on and makes the bundle")
    func undelivered() async throws {
        try await withRun([Self.end]) { state, run in
            let opened = try await open(state, header: later()).directory.url.lastPathComponent
            #expect(opened == run.url.lastPathComponent)
        }
    }

    @Test("a run that came to its end stays, and so does one when --resume never is given")
    func finished() async throws {
        try await withRun([Self.end], isDelivered: true) { state, run in
            let opened = try await open(state, header: later()).directory.url.lastPathComponent
            #expect(opened != run.url.lastPathComponent)
        }
        try await withRun([]) { state, run in
            let opened = try await open(state, header: later(), resumes: false)
            #expect(opened.directory.url.lastPathComponent != run.url.lastPathComponent)
            #expect(opened.record.results.isEmpty)
        }
    }

    static let differences: [(name: String, change: @Sendable (inout RunHeader) -> Void)] = [
        ("build", { $0.build = "other" }), ("commit", { $0.change["commit"] = "other" }),
        ("phases", { $0.phases = [.setup] }), ("options", { $0.options["only"] = "CB-*" }),
        ("target", { $0.target["api"] = "http://elsewhere" }), ("gate", { $0.gate.isStrict = true }),
    ]

    @Test(
        "a run that was asked something else stays as it is, and a new one begins", arguments: differences.map(\.name))
    func otherQuestion(name: String) async throws {
        let change = try #require(Self.differences.first { $0.name == name }?.change)
        try await withRun([]) { state, run in
            let before = try Data(contentsOf: URL(fileURLWithPath: run.journalPath))
            let opened = try await open(state, header: later(change)).directory.url.lastPathComponent
            #expect(opened != run.url.lastPathComponent)
            #expect(try Data(contentsOf: URL(fileURLWithPath: run.journalPath)) == before)
        }
    }

    @Test("a damaged journal stops the command and is left as it is; --resume never begins anew")
    func damaged() async throws {
        try await withRun([.checkStarted("A-1"), Self.end]) { state, run in
            let file = URL(fileURLWithPath: run.journalPath)
            var bytes = [UInt8](try Data(contentsOf: file))
            bytes[10] ^= 1
            try Data(bytes).write(to: file)
            await #expect(throws: JournalError.self) { try await open(state, header: later()) }
            #expect(try Data(contentsOf: file) == Data(bytes))
            _ = try await open(state, header: later(), resumes: false)
        }
    }

    @Test("a run that died before its first line was written is passed over")
    func empty() async throws {
        try await withTemporaryDirectory { url in
            let state = try StateDirectory.open(path: url.path, environment: "staging")
            let run = state.run(JobFixture.header().runID)
            try run.create()
            try Data("{\"at\":".utf8).write(to: URL(fileURLWithPath: run.journalPath))
            let opened = try await open(state, header: later()).directory.url.lastPathComponent
            #expect(opened != run.url.lastPathComponent)
        }
    }

    // MARK: What is deployed

    private static let before = ["api.task_definition": "hokusai-api:41", "database.version": "15.4"]

    /// A run that died with four results, of checks of different services.
    private func withDeployment(_ body: (StateDirectory, Plan) async throws -> Void) async throws {
        let plan = JobFixture.plan([
            JobFixture.descriptor("ENV-01", .environment, .setup),
            JobFixture.descriptor("API-1", needs: [.reach(.api)]),
            JobFixture.descriptor("DB-1", .database, needs: [.reach(.database)]),
            JobFixture.descriptor("AWS-1", .aws, needs: [.aws]),
        ])
        try await withTemporaryDirectory { url in
            let state = try StateDirectory.open(path: url.path, environment: "staging")
            let opened = try await open(state, plan: plan, identity: Self.before)
            let journal = try Journal.open(
                path: opened.directory.journalPath, redactor: Redactor([]), now: JobFixture.ticking()
            ).journal
            for entry in plan.entries { try journal.append(.checkFinished(JobFixture.result(entry.descriptor.id))) }
            journal.close()
            try await body(state, plan)
        }
    }

    @Test("what is deployed as before, or cannot be read again, keeps every result")
    func unchangedTarget() async throws {
        for identity in [Self.before, [:], ["database.version": "15.4", "redis.version": "7.0"]] {
            try await withDeployment { state, plan in
                let opened = try await open(state, header: later(), plan: plan, identity: identity)
                #expect(opened.record.results.count == 4 && opened.record.resumes.count == 1)
            }
        }
    }

    @Test("after a redeploy what depends on it is made again, and journal and log say why")
    func redeployed() async throws {
        try await withDeployment { state, plan in
            var after = Self.before
            after["api.task_definition"] = "hokusai-api:42"
            let opened = try await open(state, header: later(), plan: plan, identity: after)
            #expect(opened.record.results.keys.sorted() == ["DB-1", "ENV-01"])
            let entries = try Journal.entries(path: opened.directory.journalPath)
            let dropped = entries.compactMap { entry -> [CheckID: [String]]? in
                if case .runResumed(_, let dropped) = entry.event { dropped } else { nil }
            }
            let reason = "target changed: api task definition hokusai-api:41 → hokusai-api:42"
            #expect(dropped == [["API-1": [reason], "AWS-1": [reason]]])
            #expect(entries.contains { $0.event == .targetIdentified(after) })
            // The next resume compares with what is deployed now.
            let again = try await open(state, header: later(), plan: plan, identity: after)
            #expect(again.record.results.keys.sorted() == ["DB-1", "ENV-01"])
            #expect(again.record.identity == after)
        }
    }

    @Test("a database of another version concerns the database and what stands before it")
    func otherDatabase() async throws {
        try await withDeployment { state, plan in
            var after = Self.before
            after["database.version"] = "16.1"
            let opened = try await open(state, header: later(), plan: plan, identity: after)
            #expect(opened.record.results.keys.sorted() == ["ENV-01"])
        }
    }

    @Test(
        "a change of one service concerns those that it stands behind, and no others",
        arguments: [
            ("redis.version", [Service.api, .registry, .auth, .redis]),
            ("database.version", [.api, .registry, .mlflow, .mlflowDirect, .database]),
            ("auth.task_definition", [.api, .registry, .auth]), ("api.profile", [.api, .registry, .mlflow]),
            ("worker.task_definition", Service.allCases),
        ])
    func concern(fact: String, services: [Service]) {
        let change = TargetChange(fact: fact, before: "1", after: "2")
        let concerned = Service.allCases.filter { change.concerns(JobFixture.descriptor("X-1", needs: [.reach($0)])) }
        #expect(concerned == services)
        #expect(change.concerns(JobFixture.descriptor("X-1", .aws, needs: [.aws])))
        #expect(!change.concerns(JobFixture.descriptor("X-1", .credentials)))
    }

    @Test("the newest run that came to its end is what the next is compared with")
    func baseline() async throws {
        try await withRun([.checkFinished(JobFixture.result("A-1")), Self.end]) { state, run in
            let found = try #require(Baseline.newest(in: state, before: later().runID))
            #expect(found.record.header.runID == JobFixture.header().runID)
            #expect(Baseline.newest(in: state, before: JobFixture.header().runID) == nil)
            let other = state.run(later().runID)
            try other.create()
            try found.save(to: other, redactor: Redactor([]))
            #expect(try Baseline.load(from: other)?.record == found.record)
            #expect(try Baseline.load(from: run) == nil)
        }
        try await withRun([.interrupted(.terminated), Self.end]) { state, _ in
            #expect(Baseline.newest(in: state, before: later().runID) == nil)
        }
    }
}
