import AWSChecks
import ArtifactBundle
import CheckKit
import Durable
import FaultInjection
import Formats
import Foundation
import HTTPClient
import Logging
import PerformanceChecks
import RunModel
import Secrets
import Settings
import UndoLog

/// One run of the job: from the plan to the verified bundle.
public struct JobRun: Sendable {
    public let configuration: Configuration
    public let options: RunOptions
    public let state: StateDirectory
    /// Where the bundle goes.
    public let output: URL
    public let documents: DocumentSet
    /// What the run is compared with; nil takes the newest finished run of the state directory.
    public let baseline: Baseline?
    public let identity: RunIdentity
    public let environment: [String: String]
    public let log: LogSink
    public let shutdown: Shutdown
    /// Command line of the process that undoes faults when this one dies; nil without one.
    public let guardianCommand: [String]?
    public let now: @Sendable () -> Date
    public let progress: @Sendable (ProgressEvent) -> Void

    public init(
        configuration: Configuration, options: RunOptions, state: StateDirectory, output: URL, documents: DocumentSet,
        baseline: Baseline?,
        identity: RunIdentity, environment: [String: String], log: LogSink, shutdown: Shutdown,
        guardianCommand: [String]?,
        now: @escaping @Sendable () -> Date = { Date() }, progress: @escaping @Sendable (ProgressEvent) -> Void
    ) {
        self.configuration = configuration
        self.options = options
        self.state = state
        self.output = output
        self.documents = documents
        self.baseline = baseline
        self.identity = identity
        self.environment = environment
        self.log = log
        self.shutdown = shutdown
        self.guardianCommand = guardianCommand
        self.now = now
        self.progress = progress
    }

    /// How a run ended.
    public struct End: Sendable {
        public let verdict: Verdict
        public let record: RunRecord
        public let bundle: BundleReceipt
    }

    /// Runs the job to its end.
    ///
    /// - Throws: ``StateError``, ``JournalError``, `UndoLogError`, ``BundleLeak``, `BundleError` or a template's error. Whatever a
    ///   check meets is a result. What the run broke or created is taken back before anything is thrown.
    public func run() async throws -> End {
        let redactor = Redactor(configuration.secrets + EnvironmentSecrets.all(in: environment))
        log.redact(with: redactor)
        let startedAt = now()
        let lock = try EnvironmentLock.acquire(path: state.lockPath, run: "starting", now: startedAt)
        defer { withExtendedLifetime(lock) {} }
        try prepareOutput()

        let http = HTTPClient(configuration.httpClientConfiguration)
        let undo = undoing(http)
        try await undoWhatIsOpen(undo)

        let session = try begin(redactor: redactor, startedAt: startedAt, http: http, undo: undo)
        lock.note(run: session.record.header.runID.rawValue, since: startedAt)
        do {
            let interruption = try await carryOut(session)
            if let interruption { try session.journal.append(.interrupted(interruption)) }
            return try await finish(session, undo)
        } catch {
            // The journal may be unusable (a full disk); the target must not stay broken for that.
            _ = await undoAll(session, undo)
            throw error
        }
    }

    /// Finds out now, and not after an hour, that the bundle cannot be written.
    private func prepareOutput() throws {
        let probe = output.appending(path: ".plumbline-\(getpid())")
        do {
            try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
            try Data().write(to: probe)
            try FileManager.default.removeItem(at: probe)
        } catch {
            throw StateError.unwritableOutput(path: output.path, reason: error.localizedDescription)
        }
    }

    // MARK: Beginning

    private struct Undoing {
        let logs: UndoLogs
        let performer: UndoPerformer
    }

    private func undoing(_ http: HTTPClient) -> Undoing {
        Undoing(
            logs: UndoLogs(stateDirectory: state.url.path, now: now),
            performer: UndoPerformer(
                transport: http, secret: configuration.secretValue,
                aws: configuration.aws?.client(environment: environment, http: http)))
    }

    /// What earlier runs left on is undone before anything else.
    ///
    /// - Throws: `UndoLogError` for a log that cannot be used: nobody knows then what is broken.
    private func undoWhatIsOpen(_ undo: Undoing) async throws {
        let report = await undo.logs.undoAll(by: "resume", performer: undo.performer)
        let logger = log.logger("undo")
        if !report.undone.isEmpty { progress(.undoing(count: report.undone.count)) }
        for record in report.undone { logger.warning("undone, left by run \(record.runID): \(record.what)") }
        for failure in report.failed { logger.error("could not be undone: \(failure.record.what): \(failure.reason)") }
        if let problem = report.problems.first { throw problem }
    }

    private func begin(
        redactor: Redactor, startedAt: Date, http: HTTPClient, undo: Undoing
    ) throws -> RunSession {
        let checks = Catalogue.checks(for: configuration)
        let plan = JobPlan.make(
            checks.map(\.descriptor), configuration: configuration, options: options, identity: identity)
        let opening = RunOpening(state: state, redactor: redactor, now: now, log: log)
        let (directory, journal, record) = try opening.open(
            plan: plan, header: header(startedAt), resumes: options.resumes, limits: configuration.limits,
            progress: progress)
        let baseline =
            try Baseline.load(from: directory) ?? self.baseline
            ?? Baseline.newest(in: state, before: record.header.runID)
        try baseline?.save(to: directory)
        var logger = log.logger("job")
        logger[metadataKey: "run"] = "\(record.header.runID)"
        let runID = record.header.runID
        try undo.logs.removeSettled(except: runID) { run, entries in
            try state.run(run).keepUndoHistory(entries, redactor: redactor)
        }
        let guardian = guardian(of: runID, directory: directory, logger)
        let undoLog = undo.logs.log(of: runID, guardian: guardian)
        let services = RunServices(
            configuration: configuration, runID: runID, http: http, undoLog: undoLog,
            undoReplay: UndoReplay(log: undoLog, performer: undo.performer),
            faults: faults(undoLog, undo.performer, runID: runID, http: http),
            environment: environment, vantage: identity.vantage
        )
        .with(
            AWSSnapshotStore(
                archive: SnapshotFolder(run: directory, redactor: redactor),
                maximumAge: configuration.limits.maximumAge(of: .aws), now: now)
        )
        .with(
            LoadArchive(
                directory: directory.metricsDirectory,
                baseline: baseline.map { _ in directory.url.appending(path: Baseline.metricsPath) }))
        let runner = CheckRunner(
            services: services, evidence: EvidenceStore(directory: directory.evidenceDirectory, redactor: redactor),
            log: logger, attempts: AttemptRule(retries: options.retries, repeats: options.repeats), now: now,
            metrics: MetricsStore(directory: directory.metricsDirectory, redactor: redactor))
        return RunSession(
            directory: directory, journal: journal, record: record, baseline: baseline, checks: checks, runner: runner,
            redactor: redactor,
            logger: logger,
            guardian: guardian)
    }

    private func header(_ startedAt: Date) -> RunHeader {
        RunHeader(
            schema: JournalFormat.schema, runID: RunID(startedAt: startedAt), environment: configuration.environment,
            isProduction: configuration.isProduction, startedAt: startedAt, build: identity.build,
            target: configuration.target,
            change: identity.change, options: options.readable, vantage: identity.vantage,
            phases: options.phases.isEmpty ? Phase.allCases : options.phases.sorted(),
            gate: Gate(minimumCoverage: configuration.gate.minimumCoverage, isStrict: options.isStrict))
    }

    /// Breaks dependencies, where the run is allowed to.
    private func faults(_ log: UndoLog, _ performer: UndoPerformer, runID: RunID, http: HTTPClient) -> Faults? {
        guard options.allowances.contains(.faults) else { return nil }
        let policy = FaultPolicy(
            environment: configuration.environment, isProduction: configuration.isProduction,
            allowedInProduction: Set(configuration.faults.allowedInProduction), isAllowed: true)
        // The mark outlives the longest run with all that is undone after it.
        let lock = configuration.faults.toxiproxyURL.map {
            FaultLock(
                api: $0, runID: runID, duration: configuration.limits.runDeadline + .seconds(300), transport: http)
        }
        return Faults(
            log: log, performer: performer, runID: runID, policy: policy, lease: configuration.faults.lease, lock: lock,
            onStop: { [sink = self.log, shutdown] reason in
                sink.logger("faults").critical("stopping for safety: \(reason)")
                shutdown.request(.safety)
            })
    }

    /// The process that undoes what is open when this one dies. It is started at once where changes are likely, and by the first
    /// record of the undo log in any case.
    private func guardian(of runID: RunID, directory: RunDirectory, _ logger: Logger) -> RunGuardian? {
        guard let guardianCommand else { return nil }
        let guardian = RunGuardian(
            arguments: guardianCommand + ["--run", runID.rawValue], logPath: directory.guardianLogPath)
        guard !options.allowances.isDisjoint(with: [.writes, .faults]) else { return guardian }
        do {
            try guardian.start()
        } catch {
            logger.warning("nothing will be changed, because the guardian did not start: \(error)")
        }
        return guardian
    }

    // MARK: Phases

    /// Carries out phases 1 to 3. Returns why the run stopped early, if it did.
    private func carryOut(_ session: RunSession) async throws -> Interruption? {
        let work = Task { try await carryOutPhases(session) }
        shutdown.onRequest { interruption in
            progress(.stopping(interruption))
            work.cancel()
        }
        let deadline = Task {
            try await Task.sleep(for: configuration.limits.runDeadline)
            shutdown.request(.deadline)
        }
        defer { deadline.cancel() }
        try await work.value
        return shutdown.requested
    }

    private func carryOutPhases(_ session: RunSession) async throws {
        for phase in session.record.header.phases where phase <= .validation {
            guard
                try await PhaseRun(phase: phase, session: session, limits: configuration.limits, progress: progress)
                    .run()
            else { return }
        }
    }

    // MARK: End

    /// Takes back whatever is open, also what earlier runs left. The guardian lives until that is done, and goes on trying
    /// after this process when it could not be done.
    ///
    /// - Returns: what is still open, in words.
    private func undoAll(_ session: RunSession, _ undo: Undoing) async -> [String] {
        let report = await undo.logs.undoAll(by: "run", performer: undo.performer, patience: undoPatience)
        let open = report.failed.map { "\($0.record.what): \($0.reason)" } + report.problems.map { "\($0)" }
        let patience = Duration.seconds(open.isEmpty ? 5 : 1)
        await session.guardian?.release(within: patience)
        return open
    }

    /// How long undoing may go on: ten seconds, less when a signal's budget is running out.
    private var undoPatience: Duration {
        guard let signalled = shutdown.requestedAt else { return .seconds(10) }
        // A fifth of the budget is kept for the bundle.
        let left = configuration.limits.shutdownBudget * 4 / 5 - signalled.duration(to: .now)
        return min(.seconds(10), max(.seconds(1), left))
    }

    private func finish(_ session: RunSession, _ undo: Undoing) async throws -> End {
        try session.journal.append(.undoState(await undoAll(session, undo)))

        try session.reload()
        if session.record.interruption == nil || session.record.interruption == .deadline {
            for phase in session.record.header.phases where phase > .validation {
                progress(.phaseStarted(phase, checks: 0))
                try session.journal.append(.phaseStarted(phase))
                try session.reload()
                // Rendered here so that a mistake in a template ends the run before it is called finished.
                _ = try documents.render(session.record, of: session.directory, baseline: session.baseline)
                try session.journal.append(.phaseFinished(phase))
                progress(.phaseFinished(phase))
            }
            try session.reload()
        }
        let verdict = Verdict(of: session.record)
        session.logger.notice("\(verdict.line)")
        try session.journal.append(.runFinished(verdict))
        session.journal.close()
        try session.writeUndoHistory()
        try session.writeRedactionCounts()
        log.closeFile()

        let rendered = try documents.render(session.record, of: session.directory, baseline: session.baseline)
        try writeStateFiles(session, documents: Array(rendered.keys))
        let receipt = try await BundleAssembly(run: session.directory, record: session.record, documents: rendered)
            .write(to: output, redactor: session.redactor)
        try DurableFile.write(
            [UInt8](try JSON.prettyData(["bundle": receipt.url.path, "sha256": receipt.sha256])),
            to: URL(fileURLWithPath: session.directory.deliveryPath))
        // A run that may go on keeps its log: the history must not begin anew.
        if session.record.interruption == nil { try session.runner.services.undoLog.removeIfSettled() }
        progress(.bundleWritten(path: receipt.url.path, sha256: receipt.sha256))
        progress(.finished(verdict))
        return End(verdict: verdict, record: session.record, bundle: receipt)
    }

    private func writeStateFiles(_ session: RunSession, documents: [String]) throws {
        for phase in Phase.allCases {
            guard let file = StateFile(of: phase, in: session.record, documents: documents) else { continue }
            try DurableFile.write(
                [UInt8](try JSON.prettyData(file)), to: session.directory.url.appending(path: phase.stateFile))
        }
    }
}
