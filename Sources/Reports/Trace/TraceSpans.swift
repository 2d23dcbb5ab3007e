import Formats
import Foundation
import RunModel

/// The spans of a run, parents before their children.
struct TraceSpans {
    private let document: Document
    private let trace: RunTrace
    /// Of every span: those of the parent, else that this trace is recorded.
    private let flags: UInt32

    init(_ document: Document) {
        self.document = document
        trace = RunTrace(of: document.header)
        flags = UInt32(document.header.trace?.flags ?? 1)
    }

    var all: [TraceSpan] {
        let checks = document.record.observed.filter { ![.skipped, .blocked].contains($0.result.status) }
            .sorted { ($0.result.startedAt, $0.descriptor.id) < ($1.result.startedAt, $1.descriptor.id) }
        // Phases that write documents have no span, so what was asked again in them belongs to the run.
        let phases = document.record.phases.filter { $0.phase <= .validation }.sorted { $0.phase < $1.phase }
        let parents = Dictionary(phases.map { ($0.phase, trace.span(of: $0.phase)) }) { first, _ in first }
        return [root(checks.map(\.result))]
            + phases.map { phase in phaseSpan(phase, checks.filter { $0.descriptor.phase == phase.phase }.map(\.result))
            }
            + checks.flatMap {
                checkSpans($0.descriptor, $0.result, parent: parents[$0.descriptor.phase] ?? trace.root)
            }
    }

    // MARK: The run and its phases

    private func root(_ results: [CheckResult]) -> TraceSpan {
        let (header, verdict) = (document.header, document.verdict)
        let status: TraceStatus =
            switch verdict.word {
            case .pass, .warnings: .good
            case .fail, .undoIncomplete: .bad(verdict.line)
            case .inconclusive, .stopped, .interrupted: .unset
            }
        // Bits 8 and 9 say that the parent is known to be in another process (trace.proto, SpanFlags).
        let remote: UInt32 = header.trace == nil ? 0 : 0x300
        return TraceSpan(
            trace: trace, id: trace.root, parent: header.trace?.parentSpanID, flags: flags | remote,
            name: "plumbline run",
            span(from: header.startedAt, to: document.record.lastActivity, around: results),
            attributes: [
                "plumbline.run.id": .text(header.runID.rawValue), "plumbline.verdict": .text(verdict.word.rawValue),
                "plumbline.exit_code": .whole(Int(verdict.exitCode)),
                "plumbline.production": .flag(header.isProduction),
                "plumbline.interruption": document.record.interruption.map { .text($0.rawValue) },
            ], events: document.record.resumes.map { TraceEvent("resumed", at: $0) }, status: status)
    }

    private func phaseSpan(_ phase: PhaseRecord, _ results: [CheckResult]) -> TraceSpan {
        TraceSpan(
            trace: trace, id: trace.span(of: phase.phase), parent: trace.root, flags: flags, name: phase.phase.name,
            span(from: phase.startedAt, to: phase.finishedAt ?? phase.startedAt, around: results),
            attributes: [
                "plumbline.phase": .whole(phase.phase.rawValue), "plumbline.finished": .flag(phase.finishedAt != nil),
            ], status: .unset)
    }

    /// Results that a run kept when it was taken up again began before the phase began anew.
    private func span(from start: Date, to end: Date, around results: [CheckResult]) -> ClosedRange<TraceTime> {
        let first = results.map { TraceTime($0.startedAt) }.min() ?? TraceTime(start)
        let last = results.map { TraceTime($0.startedAt) + $0.duration }.max() ?? TraceTime(end)
        let lower = min(first, TraceTime(start))
        return lower...max(last, TraceTime(end), lower)
    }

    // MARK: Checks

    private func checkSpans(_ descriptor: CheckDescriptor, _ result: CheckResult, parent: String) -> [TraceSpan] {
        let start = TraceTime(result.startedAt)
        let whole = start...(start + result.duration)
        let moments = result.faults ?? []
        return [
            TraceSpan(
                trace: trace, id: trace.span(of: descriptor.id), parent: parent, flags: flags,
                name: descriptor.id.rawValue, whole, attributes: attributes(descriptor, result),
                events: moments.filter { $0.fault == nil }.map { TraceEvent($0.what, at: $0.at) },
                status: .of(result.outcome))
        ] + attempts(descriptor.id, result, within: whole) + faults(descriptor.id, moments, within: whole)
    }

    private func attributes(_ descriptor: CheckDescriptor, _ result: CheckResult) -> [String: TraceValue?] {
        var attributes: [String: TraceValue?] = [
            "test.case.name": .text("\(descriptor.id) \(descriptor.title(on: document.profile))"),
            "test.suite.name": .text(descriptor.category.rawValue),
            "test.case.result.status": Self.testStatus(result.status).map(TraceValue.text),
            "error.type": result.outcome.symptom.map { .text($0.kind.rawValue) },
            "plumbline.status": .text(result.status.rawValue), "plumbline.message": .text(result.outcome.message),
            "plumbline.severity": .text(descriptor.severity.rawValue),
            "plumbline.critical": .flag(descriptor.isCritical), "plumbline.subject": .text(result.subject.rawValue),
            "plumbline.muted": result.muted == nil ? nil : .flag(true),
            "plumbline.evidence": result.evidence.isEmpty ? nil : .texts(result.evidence.map(\.path)),
        ]
        if case .failed(let mismatch) = result.outcome {
            attributes["plumbline.expected"] = .text(mismatch.expected)
            attributes["plumbline.got"] = .text(mismatch.got)
        }
        return attributes
    }

    /// The conventions know two words.
    private static func testStatus(_ status: Status) -> String? {
        switch status {
        case .passed, .flaky: "pass"
        case .failed, .timeout: "fail"
        case .error, .inconclusive, .blocked, .skipped: nil
        }
    }

    /// None where one decided. The last one is known by its end: it began when the one before it had ended, or later, and its own
    /// outcome is a part of the check's.
    private func attempts(
        _ check: CheckID, _ result: CheckResult, within whole: ClosedRange<TraceTime>
    ) -> [TraceSpan] {
        guard !result.earlierAttempts.isEmpty else { return [] }
        let earlier = result.earlierAttempts.map { attempt in
            let start = TraceTime(attempt.startedAt)
            return (moments: start...(start + attempt.duration), status: TraceStatus.of(attempt.outcome))
        }
        let lastStart = min(earlier.map(\.moments.upperBound).max() ?? whole.lowerBound, whole.upperBound)
        let all = earlier + [(moments: lastStart...whole.upperBound, status: .unset)]
        return all.enumerated().map { index, attempt in
            TraceSpan(
                trace: trace, id: trace.span(ofAttempt: index + 1, of: check), parent: trace.span(of: check),
                flags: flags, name: "attempt", attempt.moments,
                attributes: ["plumbline.attempt": .whole(index + 1)], status: attempt.status)
        }
    }

    /// From the injection to the undo; to the end of the check where that is not in its record.
    private func faults(
        _ check: CheckID, _ moments: [FaultMoment], within whole: ClosedRange<TraceTime>
    ) -> [TraceSpan] {
        moments.filter { $0.kind == .injected && $0.fault != nil }.enumerated().map { index, injected in
            let own = moments.filter { $0.fault == injected.fault }
            let undone = own.last { $0.kind == .undone }
            let start = TraceTime(injected.at)
            return TraceSpan(
                trace: trace, id: trace.span(ofFault: index + 1, of: check), parent: trace.span(of: check),
                flags: flags, name: "fault",
                start...max(start, undone.map { TraceTime($0.at) } ?? whole.upperBound),
                attributes: [
                    "plumbline.fault": .text(injected.what), "plumbline.fault.undone": .flag(undone != nil),
                ], events: own.map { TraceEvent($0.what, at: $0.at) }, status: .unset)
        }
    }
}
