import AWSChecks
import CheckKit
import FaultInjection
import Foundation
import HTTPClient
import Logging
import PerformanceChecks
import Processes
import RunModel
import Secrets
import Settings
import UndoLog
import ValidationChecks

extension JobRun {
    func undoing(_ http: HTTPClient, _ held: any HeldState) -> RunUndo {
        RunUndo(
            logs: UndoLogs(
                stateDirectory: held.directory.url.path, copy: held.undoCopy, key: configuration.keyValue, now: now),
            performer: configuration.undoPerformer(environment: environment, http: http))
    }

    func begin(
        _ held: any HeldState, redactor: Redactor, startedAt: Date, http: HTTPClient, undo: RunUndo
    ) async throws -> RunSession {
        let checks = Catalogue.checks(for: configuration)
        let plan = JobPlan.make(
            checks, configuration: configuration, options: options, identity: identity)
        let state = held.directory
        let opening = RunOpening(state: state, redactor: redactor, now: now, log: log) { [self] withProfile in
            await targetIdentity(
                of: TargetChange.services(testedBy: plan), withProfile: withProfile, http: http, undo: undo)
        } keep: {
            try await held.checkpoint()
        }
        let opened = try await opening.open(
            plan: plan, header: header(startedAt), resumes: options.resumes, limits: configuration.limits,
            progress: progress)
        let (directory, record) = (opened.directory, opened.record)
        let baseline =
            try Baseline.load(from: directory) ?? self.baseline
            ?? Baseline.newest(in: state, before: record.header.runID)
        try baseline?.save(to: directory, redactor: redactor)
        var logger = log.logger("job")
        logger[metadataKey: "run"] = "\(record.header.runID)"
        let trace = RunTrace(of: record.header)
        logger[metadataKey: LogField.trace] = "\(trace.traceID)"
        logger[metadataKey: LogField.span] = "\(trace.root)"
        let runID = record.header.runID
        try undo.logs.removeSettled(except: runID) { run, entries in
            try state.run(run).keepUndoHistory(entries, redactor: redactor)
        }
        let guardian = guardian(of: runID, directory: directory, held, logger)
        let undoLog = undo.logs.log(of: runID, guardian: guardian)
        let starvation = StarvationWatch()
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
                baseline: baseline.map { _ in directory.url.appending(path: Baseline.metricsPath) })
        )
        .with(starvation)
        let runner = CheckRunner(
            services: services, evidence: EvidenceStore(directory: directory.evidenceDirectory, redactor: redactor),
            log: logger, attempts: AttemptRule(retries: options.retries, repeats: options.repeats), now: now,
            metrics: MetricsStore(directory: directory.metricsDirectory, redactor: redactor), starvation: starvation,
            drain: LoadDrain(http))
        return RunSession(
            directory: directory, journal: opened.journal, record: record, suspects: opened.suspects,
            baseline: baseline,
            checks: checks, runner: runner,
            redactor: redactor,
            logger: logger,
            guardian: guardian)
    }

    /// What the target is now, as far as it answers. Nothing of it is kept but the facts.
    private func targetIdentity(
        of services: Set<Service>, withProfile: Bool, http: HTTPClient, undo: RunUndo
    ) async -> [String: String] {
        let runID = RunID(startedAt: now())
        let log = undo.logs.log(of: runID)
        let shared = RunServices(
            configuration: configuration, runID: runID, http: http, undoLog: log,
            undoReplay: UndoReplay(log: log, performer: undo.performer), environment: environment,
            vantage: identity.vantage)
        let context = CheckContext(
            services: shared, descriptor: TargetIdentity.descriptor, facts: [:], recorder: Recorder(),
            log: self.log.logger("job"))
        return await TargetIdentity(context).facts(of: services, withProfile: withProfile)
    }

    private func header(_ startedAt: Date) -> RunHeader {
        RunHeader(
            schema: JournalFormat.schema, runID: RunID(startedAt: startedAt), environment: configuration.environment,
            isProduction: configuration.isProduction, startedAt: startedAt, build: identity.build,
            target: configuration.target,
            change: identity.change, options: options.readable, vantage: identity.vantage,
            phases: options.phases.isEmpty ? Phase.allCases : options.phases.sorted(),
            gate: Gate(minimumCoverage: configuration.gate.minimumCoverage, isStrict: options.isStrict),
            owners: configuration.owners.isEmpty ? nil : configuration.owners,
            variables: configuration.secretVariables, names: configuration.commandNames,
            lines: configuration.notes.lines.isEmpty ? nil : configuration.notes.lines, trace: trace())
    }

    /// The trace that the pipeline started. One that cannot be understood is no reason not to test.
    private func trace() -> TraceContext? {
        guard let text = environment[TraceContext.variable], !text.isEmpty else { return nil }
        do throws(TraceContextError) {
            return try TraceContext(traceparent: text)
        } catch {
            log.logger("job").warning(
                "\(TraceContext.variable) is ignored, and the run is a trace of its own: ‘\(text.excerpt(80))’ is no traceparent as W3C Trace Context has it, because \(error)"
            )
            return nil
        }
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
    private func guardian(
        of runID: RunID, directory: RunDirectory, _ held: any HeldState, _ logger: Logger
    ) -> RunGuardian? {
        guard let guardianCommand else { return nil }
        let guardian = RunGuardian(
            arguments: guardianCommand + held.guardianArguments + ["--run", runID.rawValue],
            logPath: directory.guardianLogPath)
        guard !options.allowances.isDisjoint(with: [.writes, .faults]) else { return guardian }
        do {
            try guardian.start()
        } catch {
            logger.warning("nothing will be changed, because the guardian did not start: \(error)")
        }
        return guardian
    }
}
