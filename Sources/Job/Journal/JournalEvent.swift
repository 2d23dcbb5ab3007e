import Foundation
import RunModel

/// What the journal can say. The journal is the source of truth: every report is made from these events alone.
public enum JournalEvent: Hashable, Sendable {
    case runStarted(RunHeader, Plan)
    /// The run was taken up again. Results that no longer count are named with the inputs that changed.
    case runResumed(plan: Plan, dropped: [CheckID: [String]])
    /// What the target was when the run began or was taken up, by fact: results count as long as that stays the same.
    case targetIdentified([String: String])
    case phaseStarted(Phase)
    case phaseFinished(Phase)
    case checkStarted(CheckID)
    case checkFinished(CheckResult)
    /// A look that tells causes apart was taken before the documents.
    case questionAnswered(AskedQuestion)
    /// What could not be undone when the run ended; empty when nothing is left on.
    case undoState([String])
    case interrupted(Interruption)
    /// The last event of a run. `kept` names the files of the run's directory that cannot be made again from the journal, by path
    /// with their SHA-256; nil in journals of builds that did not say so.
    case runFinished(Verdict, kept: [String: String]? = nil)
}

extension JournalEvent: Codable {
    private enum Key: String, CodingKey {
        case kind, header, plan, dropped, facts, phase, check, result, asked, open, cause, verdict, kept
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        switch try container.decode(String.self, forKey: .kind) {
        case "run-started":
            self = .runStarted(
                try container.decode(RunHeader.self, forKey: .header), try container.decode(Plan.self, forKey: .plan))
        case "run-resumed":
            self = .runResumed(
                plan: try container.decode(Plan.self, forKey: .plan),
                dropped: try container.decode([CheckID: [String]].self, forKey: .dropped))
        case "target-identified":
            self = .targetIdentified(try container.decode([String: String].self, forKey: .facts))
        case "phase-started": self = .phaseStarted(try container.decode(Phase.self, forKey: .phase))
        case "phase-finished": self = .phaseFinished(try container.decode(Phase.self, forKey: .phase))
        case "check-started": self = .checkStarted(try container.decode(CheckID.self, forKey: .check))
        case "check-finished": self = .checkFinished(try container.decode(CheckResult.self, forKey: .result))
        case "question-answered":
            self = .questionAnswered(try container.decode(AskedQuestion.self, forKey: .asked))
        case "undo-state": self = .undoState(try container.decode([String].self, forKey: .open))
        case "interrupted": self = .interrupted(try container.decode(Interruption.self, forKey: .cause))
        case "run-finished":
            self = .runFinished(
                try container.decode(Verdict.self, forKey: .verdict),
                kept: try container.decodeIfPresent([String: String].self, forKey: .kept))
        case let kind:
            throw DecodingError.dataCorruptedError(
                forKey: .kind, in: container, debugDescription: "unknown event ‘\(kind)’")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        func kind(_ name: String) throws { try container.encode(name, forKey: .kind) }
        switch self {
        case .runStarted(let header, let plan):
            try kind("run-started")
            try container.encode(header, forKey: .header)
            try container.encode(plan, forKey: .plan)
        case .runResumed(let plan, let dropped):
            try kind("run-resumed")
            try container.encode(plan, forKey: .plan)
            try container.encode(dropped, forKey: .dropped)
        case .targetIdentified(let facts):
            try kind("target-identified")
            try container.encode(facts, forKey: .facts)
        case .phaseStarted(let phase):
            try kind("phase-started")
            try container.encode(phase, forKey: .phase)
        case .phaseFinished(let phase):
            try kind("phase-finished")
            try container.encode(phase, forKey: .phase)
        case .checkStarted(let check):
            try kind("check-started")
            try container.encode(check, forKey: .check)
        case .checkFinished(let result):
            try kind("check-finished")
            try container.encode(result, forKey: .result)
        case .questionAnswered(let asked):
            try kind("question-answered")
            try container.encode(asked, forKey: .asked)
        case .undoState(let open):
            try kind("undo-state")
            try container.encode(open, forKey: .open)
        case .interrupted(let cause):
            try kind("interrupted")
            try container.encode(cause, forKey: .cause)
        case .runFinished(let verdict, let kept):
            try kind("run-finished")
            try container.encode(verdict, forKey: .verdict)
            try container.encodeIfPresent(kept, forKey: .kept)
        }
    }
}

/// One line of the journal.
public struct JournalEntry: Hashable, Sendable, Codable {
    /// Counted from 1 without gaps.
    public var seq: Int
    public var at: Date
    public var event: JournalEvent

    public init(seq: Int, at: Date, event: JournalEvent) {
        self.seq = seq
        self.at = at
        self.event = event
    }
}
