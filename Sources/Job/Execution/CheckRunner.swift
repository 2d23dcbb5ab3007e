import CheckKit
import Formats
import Foundation
import HTTPClient
import Logging
import Processes
import RunModel

/// Runs one check: deadline, attempts, evidence, and an outcome whatever happens.
struct CheckRunner: Sendable {
    /// Shared by all checks of the run.
    var services: RunServices
    let evidence: EvidenceStore
    let log: Logger
    let attempts: AttemptRule
    let now: @Sendable () -> Date
    /// Nil where loads are not kept.
    var metrics: MetricsStore?
    /// Nil where nobody watches this machine.
    var starvation: StarvationWatch?
    /// Nil where a load leaves nothing behind.
    var drain: LoadDrain?
    private let waits = OutageWaits()

    /// How long a check may take to let go after it was cancelled: undoing a fault needs time.
    var grace = Duration.seconds(10)

    /// - Returns: nil when the run is being stopped and the check did not end: it runs again when the run is resumed.
    /// - Throws: what keeping the evidence threw: the result would be without its proof.
    func run(_ check: any Check, _ descriptor: CheckDescriptor, facts: [FactName: String]) async throws -> CheckResult?
    {
        let startedAt = now()
        let clock = ContinuousClock.now
        var earlier: [Attempt] = []
        var earlierEvidence: [EvidenceReference] = []
        var leftBehind: [String] = []
        while true {
            let attemptStart = (date: now(), clock: ContinuousClock.now)
            let recorder = Recorder(redactor: evidence.redactor)
            let isCalm = await drain?.settled(before: descriptor) ?? true
            guard
                let ended = isCalm
                    ? await attempt(check, descriptor, facts: facts, recorder: recorder) : LoadDrain.stillBusy
            else { return nil }
            let took = ContinuousClock.now - clock
            await drain?.settle(after: recorder.contents.loaded)
            let context = context(descriptor, facts: facts, recorder: recorder)
            let outcome = await OutcomeRule(context: context).outcome(of: ended)
            if Task.isCancelled { return nil }
            let contents = recorder.contents
            leftBehind += contents.leftBehind
            let references = try contents.evidence.map(evidence.store)
            try metrics?.store(contents, of: descriptor.id)
            if attempts.wantsAnother(after: outcome, earlier: earlier.count) {
                log.info(
                    "attempt \(earlier.count + 1) \(outcome.status.rawValue), once more",
                    metadata: metadata(descriptor))
                earlier.append(
                    Attempt(
                        outcome: outcome, startedAt: attemptStart.date,
                        duration: ContinuousClock.now - attemptStart.clock))
                earlierEvidence += references
                continue
            }
            let ending = attempts.outcome(of: earlier.map(\.outcome) + [outcome])
            let proof = FailureProof(of: ending, contents, descriptor)
            return CheckResult(
                id: descriptor.id, outcome: ending,
                subject: contents.subject,
                startedAt: startedAt, duration: took, earlierAttempts: earlier,
                evidence: earlierEvidence + references, measurements: finite(contents.measurements, descriptor),
                facts: contents.facts,
                path: contents.path.isEmpty ? .declared(by: descriptor) : contents.path,
                reproduction: proof.reproduction, verification: proof.verification, muted: mute(of: descriptor.id),
                leftBehind: leftBehind.isEmpty ? nil : leftBehind,
                faults: contents.faults.isEmpty ? nil : contents.faults,
                logs: await ServiceLogReader(
                    configuration: services.configuration, environment: services.environment, http: services.http,
                    now: now
                ).logs(around: ending, path: contents.path, exchanges: contents.exchanges, since: startedAt))
        }
    }

    /// JSON has no word for what a division by nothing gives.
    private func finite(_ measurements: [Metric], _ descriptor: CheckDescriptor) -> [Metric] {
        measurements.filter { metric in
            if metric.value.isFinite { return true }
            log.warning(
                "the measurement \(metric.name) is \(metric.value) and is left out", metadata: metadata(descriptor))
            return false
        }
    }

    /// A mute holds until its day has come.
    private func mute(of id: CheckID) -> Mute? {
        guard let mute = services.configuration.mutes[id], Timestamp.text(now()).prefix(10) < mute.expires else {
            return nil
        }
        return mute
    }

    private enum Ending: Sendable {
        case outcome(Outcome)
        case deadline
        /// The task was cancelled and the check gave up.
        case cancelled
    }

    /// - Returns: nil when the surrounding task was cancelled before the check had an outcome.
    private func attempt(
        _ check: any Check, _ descriptor: CheckDescriptor, facts: [FactName: String], recorder: Recorder
    ) async -> Outcome? {
        let patience = patience(of: descriptor)
        let context = context(
            descriptor, facts: facts, recorder: recorder, http: patience.map { services.http.with($0) })
        let start = ContinuousClock.now
        let ended = FirstAnswer<Ending>()
        let work = Task { [evidence] in
            let ending = await Self.ending(of: check, context)
            recorder.mapEvidence(evidence.prepared)
            ended.give(ending)
        }
        let race = FirstAnswer<Ending>()
        let relay = Task { race.give(await ended.value) }
        let timer = Task {
            try await Task.sleep(for: descriptor.deadline)
            race.give(.deadline)
        }
        defer {
            timer.cancel()
            relay.cancel()
        }
        let first = await withTaskCancellationHandler {
            await race.value
        } onCancel: {
            work.cancel()
            Task {
                try? await Task.sleep(for: grace)
                race.give(.cancelled)
            }
        }
        switch first {
        // What a check says once the run is being stopped may come from being stopped.
        case _ where Task.isCancelled: return nil
        case .outcome(let outcome): return judged(outcome, patience, since: start)
        case .cancelled: return .error("the check gave up as if it were cancelled, and nobody had cancelled it")
        case .deadline:
            work.cancel()
            await letGo(ended)
            return judged(.timeout("no result within \(descriptor.deadline.readable)"), patience, since: start)
        }
    }

    /// A check that breaks something, or has an instance of its own, waits for what it did itself.
    private func patience(of descriptor: CheckDescriptor) -> CheckPatience? {
        guard !descriptor.breaksSomething, !descriptor.needs.contains(.launch) else { return nil }
        return CheckPatience(waits, of: descriptor.id, services.configuration)
    }

    private func judged(_ ended: Outcome, _ patience: CheckPatience?, since start: ContinuousClock.Instant) -> Outcome {
        let outcome = patience?.judged(ended) ?? ended
        guard let starvation else { return outcome }
        let rule = StarvationRule(configuration: services.configuration, gaveUpEarly: patience?.gaveUpEarly ?? false)
        return rule.outcome(of: outcome, under: starvation.since(start))
    }

    /// Waits until a cancelled check has ended, but not for ever: a check that hangs is left behind, and said so by its timeout.
    private func letGo(_ ended: FirstAnswer<Ending>) async {
        let either = FirstAnswer<Bool>()
        let timer = Task {
            try await Task.sleep(for: grace)
            either.give(false)
        }
        Task {
            _ = await ended.value
            either.give(true)
        }
        _ = await either.value
        timer.cancel()
    }

    private static func ending(of check: any Check, _ context: CheckContext) async -> Ending {
        do {
            return .outcome(try await check.run(context))
        } catch let stop as Stop {
            return .outcome(stop.outcome)
        } catch is CancellationError {
            return .cancelled
        } catch let error as HTTPError where error.code == .cancelled {
            return .cancelled
        } catch let error as HTTPError {
            return .outcome(
                .failed(
                    context.symptom(of: error), "no answer from \(error.url)", expected: "an HTTP answer",
                    got: "\(error)"))
        } catch {
            return .outcome(.error("\(type(of: error)): \(error)"))
        }
    }

    private func context(
        _ descriptor: CheckDescriptor, facts: [FactName: String], recorder: Recorder, http: HTTPClient? = nil
    ) -> CheckContext {
        var services = services
        if let http { services.http = http }
        return CheckContext(
            services: services, descriptor: descriptor, facts: facts, recorder: recorder, log: checkLogger(descriptor))
    }

    private func checkLogger(_ descriptor: CheckDescriptor) -> Logger {
        var logger = log
        for (key, value) in metadata(descriptor) { logger[metadataKey: key] = value }
        return logger
    }

    private func metadata(_ descriptor: CheckDescriptor) -> Logger.Metadata {
        [
            "phase": "\(descriptor.phase.name)", "check": "\(descriptor.id)",
            LogField.span: "\(RunTrace.span(of: descriptor.id, in: services.runID))",
        ]
    }
}
