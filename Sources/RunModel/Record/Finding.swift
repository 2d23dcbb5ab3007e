import Foundation

/// One cause that diagnosis found, with everything needed to act on it.
public struct Finding: Hashable, Sendable, Codable {
    public enum Priority: String, Sendable, Codable, Comparable, CaseIterable {
        case p0 = "P0"
        case p1 = "P1"
        case p2 = "P2"
        case p3 = "P3"

        public static func < (left: Priority, right: Priority) -> Bool { left.rawValue < right.rawValue }
    }

    /// How long the fix takes a person who knows the system: under an hour, up to four, more.
    public enum Effort: String, Sendable, Codable { case small = "S", medium = "M", large = "L" }

    /// Whom the fault hinders, the worst first. With the severity it makes the priority.
    public enum Reach: String, Sendable, Codable, CaseIterable {
        /// Clients of the platform cannot do something that it is for.
        case clients
        /// Clients get through, slower or by a detour.
        case hindered
        /// Nobody outside notices; whoever runs or builds the platform does.
        case operators
        /// Nobody is hindered: it is intended, or nothing of the deployment.
        case nobody
    }

    /// Stable name, from the rule and the check at the root: `mlflow-unreachable/SH-02`.
    public var id: String
    /// The component at fault, for people: `MLflow`.
    public var component: String
    public var title: String
    /// What is believed to be the cause, and why.
    public var cause: String
    /// Sentences, each with the check that showed it.
    public var evidence: [FindingEvidence]
    /// The check at the root and those that failed or were blocked because of it.
    public var root: CheckID
    public var consequences: [CheckID]
    public var priority: Priority
    public var effort: Effort
    /// What kind of work the fix is; the effort follows from it.
    public var work: Work
    /// The area that owns the mend: `platform`, `database`, `network`, `identity`, …
    public var owner: String
    public var impact: String
    public var reach: Reach
    /// How much the fault weighs, whatever its reach: the rule's where a rule names it, else the check's.
    public var severity: Severity
    public var remediation: Remediation
    /// What keeps it from coming back; empty where nothing is known.
    public var prevention: String
    /// A command that shows the fault and, after the mend, its absence.
    public var verification: String
    /// Changes of a kind that brings this about, made before it was seen, most fitting first. Suspects, not proof.
    public var changes: [Change]
    /// What fails and how; nil where Plumbline itself failed, or nothing is known beyond the check.
    public var fault: Cause?
    /// The causes that what was seen cannot tell apart; empty where one is named.
    public var candidates: [Cause]
    public var confidence: Confidence
    /// From the place of the run to the component at fault, an observation for each step.
    public var path: [PathObservation]
    public var rival: RivalCause?
    /// What could not be looked at and would decide, a sentence each.
    public var unobservable: [String]
    /// When it was first seen in this run.
    public var since: Date?
    /// Whether it was there all the time, began in the run, ended or came and went; nil where the run shows no more than `since`.
    public var course: Course?
    /// Since when runs see it, for how many on end, and what was changed between the last good and the first bad one; nil without
    /// earlier runs.
    public var history: FaultHistory?

    public init(
        id: String, component: String, title: String, cause: String, evidence: [FindingEvidence], root: CheckID,
        consequences: [CheckID], priority: Priority, effort: Effort, owner: String, impact: String,
        remediation: Remediation,
        verification: String, changes: [Change] = [], reach: Reach = .hindered, severity: Severity = .medium,
        prevention: String = "", work: Work = .investigation, fault: Cause? = nil, candidates: [Cause] = [],
        confidence: Confidence = .low, path: [PathObservation] = [], rival: RivalCause? = nil,
        unobservable: [String] = [], since: Date? = nil, course: Course? = nil, history: FaultHistory? = nil
    ) {
        self.id = id
        self.component = component
        self.title = title
        self.cause = cause
        self.evidence = evidence
        self.root = root
        self.consequences = consequences
        self.priority = priority
        self.effort = effort
        self.owner = owner
        self.impact = impact
        self.reach = reach
        self.severity = severity
        self.remediation = remediation
        self.prevention = prevention
        self.work = work
        self.verification = verification
        self.changes = changes
        self.fault = fault
        self.candidates = candidates
        self.confidence = confidence
        self.path = path
        self.rival = rival
        self.unobservable = unobservable
        self.since = since
        self.course = course
        self.history = history
    }
}

/// One observation behind a finding.
public struct FindingEvidence: Hashable, Sendable, Codable {
    public var check: CheckID
    public var observation: String

    public init(check: CheckID, observation: String) {
        self.check = check
        self.observation = observation
    }
}
