import ArtifactBundle
import Durable
import Formats
import Foundation
import HTTPClient
import RunModel
import Secrets
import Settings

/// One run of the job: from the plan to the verified bundle.
public struct JobRun: Sendable {
    public let configuration: Configuration
    public let options: RunOptions
    let state: any StateStore
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
    /// How long a link to the bundle is valid; nil for none.
    public let linkExpiry: Duration?
    /// Masks everything that the run writes; learns what the configuration and the run bring.
    let redactor: Redactor
    public let now: @Sendable () -> Date
    public let progress: @Sendable (ProgressEvent) -> Void

    public init(
        configuration: Configuration, options: RunOptions, state: any StateStore, output: URL, documents: DocumentSet,
        baseline: Baseline?,
        identity: RunIdentity, environment: [String: String], log: LogSink, shutdown: Shutdown,
        guardianCommand: [String]?, linkExpiry: Duration? = nil, redactor: Redactor = Redactor([]),
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
        self.linkExpiry = linkExpiry
        self.redactor = redactor
        self.now = now
        self.progress = progress
    }

    /// How a run ended.
    public struct End: Sendable {
        public let verdict: Verdict
        public let record: RunRecord
        public let bundle: BundleReceipt
        /// Where the bundle is beside this machine; nil where it is only here.
        public let location: String?
        /// A link to it that anybody may follow for a time; nil when none was asked for.
        public let link: String?
        /// What keeping the state cost, for people; nil where it cost nothing.
        public let account: String?
    }

    /// Runs the job to its end.
    ///
    /// - Throws: ``StateError``, ``JournalError``, `UndoLogError`, ``BundleLeak``, `BundleError` or a template's error. Whatever a
    ///   check meets is a result. What the run broke or created is taken back before anything is thrown.
    public func run() async throws -> End {
        redactor.learn(
            configuration.secrets + EnvironmentSecrets.all(in: environment), vocabulary: configuration.notes.words)
        log.redact(with: redactor)
        return try await redactor.use { try await runRedacted() }
    }

    private func runRedacted() async throws -> End {
        let memory = AddressSpaceWatch { reason in
            log.logger("plumbline").error("\(reason)")
            shutdown.request(.safety)
        }
        defer { memory.end() }
        let startedAt = now()
        try prepareOutput()
        let held = try await hold(startedAt)
        do {
            let end = try await run(held, startedAt)
            await held.release()
            return end
        } catch {
            await held.release()
            throw error
        }
    }

    /// Takes the environment's lock. A run that loses it stops: another one may be testing the same target.
    private func hold(_ startedAt: Date) async throws(StateError) -> any HeldState {
        let logger = log.logger("state")
        return try await state.hold(for: "starting", now: startedAt) { sentence in
            logger.warning("\(sentence)")
        } onLoss: { [shutdown] reason in
            logger.critical("stopping for safety: \(reason)")
            shutdown.request(.safety)
        }
    }

    private func run(_ held: any HeldState, _ startedAt: Date) async throws -> End {
        let http = HTTPClient(configuration.httpClientConfiguration)
        let undo = undoing(http, held)
        try await undo.undoWhatIsOpen(log: log, progress: progress)

        let session = try await begin(held, redactor: redactor, startedAt: startedAt, http: http, undo: undo)
        held.note(run: session.record.header.runID.rawValue, since: startedAt)
        do {
            let interruption = try await carryOut(session)
            if let interruption { try session.append(.interrupted(interruption)) }
            try session.append(
                .undoState(await undo.undoAll(of: session, within: undoPatience, settling: settlingPatience)))
            return try await finish(session, held)
        } catch {
            // The journal may be unusable (a full disk); the target must not stay broken for that.
            _ = await undo.undoAll(of: session, within: undoPatience, settling: settlingPatience)
            try? await held.checkpoint()
            throw error
        }
    }

    /// Finds out now, and not after an hour, that the bundle cannot be written.
    private func prepareOutput() throws {
        let probe = output.appending(path: ".plumbline-\(getpid())")
        do throws(DurableFile.WriteError) {
            try PrivateFile.makeDirectory(output.path)
            try DurableFile.write(RedactedBytes(), to: probe)
        } catch {
            throw StateError.unwritableOutput(path: output.path, reason: error.reason)
        }
        unlink(probe.path)
    }

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

    /// How long the end may wait for changes that may still be made; nil for as long as it takes. Nobody waits after a signal: the
    /// guardian and the next run look again.
    private var settlingPatience: Duration? { shutdown.requestedAt == nil ? nil : undoPatience }

    /// How long undoing may go on: ten seconds, less when a signal's budget is running out.
    private var undoPatience: Duration {
        guard let signalled = shutdown.requestedAt else { return .seconds(10) }
        // A fifth of the budget is kept for the bundle.
        let left = configuration.limits.shutdownBudget * 4 / 5 - signalled.duration(to: .now)
        return min(.seconds(10), max(.seconds(1), left))
    }
}
