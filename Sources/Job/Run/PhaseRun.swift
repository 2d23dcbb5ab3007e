import CheckKit
import Durable
import Formats
import Foundation
import Logging
import RunModel
import Settings

/// Carries out one of the phases 1 to 3.
struct PhaseRun {
    let phase: Phase
    let session: RunSession
    let limits: LimitSettings
    let progress: @Sendable (ProgressEvent) -> Void

    /// - Returns: whether the phase came to its end; false when the run is being stopped.
    func run() async throws -> Bool {
        let open = session.record.plan.entries.filter { entry in
            entry.descriptor.phase == phase && entry.isPlanned && session.record.results[entry.descriptor.id] == nil
        }
        let isFinished = session.record.phases.contains { $0.phase == phase && $0.finishedAt != nil }
        if isFinished, open.isEmpty { return true }
        try session.append(.phaseStarted(phase))
        progress(.phaseStarted(phase, checks: open.filter { $0.decision == .run }.count))
        try recordSkipped(open)
        guard try await runSelected(open) else { return false }
        try session.append(.phaseFinished(phase))
        try writeState()
        progress(.phaseFinished(phase))
        return true
    }

    private func recordSkipped(_ entries: [PlanEntry]) throws {
        for entry in entries {
            guard case .skip(let reason) = entry.decision else { continue }
            let result = CheckResult(
                id: entry.descriptor.id, outcome: .skipped(reason), startedAt: session.runner.now(), duration: .zero)
            try session.append(.checkFinished(result))
            progress(.checkFinished(entry.descriptor, result))
        }
    }

    private func runSelected(_ entries: [PlanEntry]) async throws -> Bool {
        let checks = Dictionary(session.checks.map { ($0.descriptor.id, $0) }) { first, _ in first }
        let descriptors = Dictionary(session.record.plan.entries.map { ($0.descriptor.id, $0.descriptor) }) {
            first, _ in first
        }
        let selected = entries.filter { $0.decision == .run }
            .compactMap { entry in checks[entry.descriptor.id].map { ($0, alone(entry.descriptor)) } }
        var settled = session.record.results
        let scheduler = Scheduler(
            runner: session.runner,
            limits: ScheduleLimits(
                checks: limits.parallelChecks,
                launches: session.runner.services.configuration.launch?.parallel ?? 1))
        let callbacks = Scheduler.Callbacks(
            started: { descriptor in
                try session.append(.checkStarted(descriptor.id))
                progress(.checkStarted(descriptor))
            },
            finished: { result in
                try session.append(.checkFinished(result))
                if let descriptor = descriptors[result.id] {
                    logEnd(of: descriptor, result)
                    progress(.checkFinished(descriptor, result))
                }
            })
        for group in groups(of: selected) {
            guard try await scheduler.run(group, settled: &settled, callbacks) else { return false }
        }
        return true
    }

    /// The declaration, asking to run with nothing beside when the process died while the check ran.
    private func alone(_ descriptor: CheckDescriptor) -> CheckDescriptor {
        guard session.suspects.contains(descriptor.id) else { return descriptor }
        var descriptor = descriptor
        descriptor.excludes = [.everything]
        return descriptor
    }

    /// The core tests run category by category (unit, integration, load, chaos), everything else side by side.
    private func groups(of checks: [(check: any Check, descriptor: CheckDescriptor)]) -> [[(
        check: any Check, descriptor: CheckDescriptor
    )]] {
        guard phase == .coreTests else { return [checks] }
        return Dictionary(grouping: checks, by: \.descriptor.category).sorted { $0.key < $1.key }.map(\.value)
    }

    private func logEnd(of descriptor: CheckDescriptor, _ result: CheckResult) {
        session.logger.info(
            "\(result.status.rawValue): \(result.outcome.message)",
            metadata: [
                "phase": "\(phase.name)", "check": "\(descriptor.id)", "duration": "\(result.duration.readable)",
                LogField.span: "\(RunTrace.span(of: descriptor.id, in: session.record.header.runID))",
            ])
    }

    /// The checkpoint as a file, for whoever looks at the run's directory; the journal is what a resume reads.
    private func writeState() throws {
        guard let file = StateFile(of: phase, in: session.record, documents: []) else { return }
        try DurableFile.write(
            session.redactor.redact(json: [UInt8](try JSON.prettyData(file)), for: .documents),
            to: session.directory.url.appending(path: phase.stateFile))
    }
}
