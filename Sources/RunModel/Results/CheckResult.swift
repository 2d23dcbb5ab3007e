import Formats
import Foundation

/// All that one check left behind. Written to the journal when the check ends.
public struct CheckResult: Hashable, Sendable, Codable {
    public var id: CheckID
    public var outcome: Outcome
    /// What the check was made on; a test that ran on the model only says nothing of the deployment.
    public var subject: Subject
    public var startedAt: Date
    @Seconds public var duration: Duration
    /// Earlier attempts that did not pass, oldest first; empty when the first attempt decided.
    public var earlierAttempts: [Attempt]
    public var evidence: [EvidenceReference]
    public var measurements: [Metric]
    /// What the check found out for others: checks that depend on it, reports, the resume key.
    public var facts: [FactName: String]
    /// What it exercised of the system; nil when it did not run, or ran in a version that kept no paths.
    public var path: Path?
    /// A command line that shows the same thing by hand: the exchange that failed, where one did. Secrets appear as names of
    /// environment variables.
    public var reproduction: String?
    /// How plain tools tell whether the failure is still there; nil where only the check itself can.
    public var verification: Verification?
    /// Set when somebody has taken the failure on; it is reported and does not decide the gate.
    public var muted: Mute?
    /// What the check changed and could not take back, a sentence each; nil when there is nothing. It stays open in the undo log,
    /// and says nothing of the outcome.
    public var leftBehind: [String]?
    /// What was done to the target while the check ran, in the order of time; nil when nothing was.
    public var faults: [FaultMoment]?
    /// What the logs of the services that it went to say around a failure; nil when nobody looked.
    public var logs: [ServiceLog]?

    public init(
        id: CheckID, outcome: Outcome, subject: Subject = .live, startedAt: Date, duration: Duration,
        earlierAttempts: [Attempt] = [], evidence: [EvidenceReference] = [], measurements: [Metric] = [],
        facts: [FactName: String] = [:], path: Path? = nil, reproduction: String? = nil,
        verification: Verification? = nil, muted: Mute? = nil, leftBehind: [String]? = nil,
        faults: [FaultMoment]? = nil,
        logs: [ServiceLog]? = nil
    ) {
        self.id = id
        self.outcome = outcome
        self.subject = subject
        self.startedAt = startedAt
        self._duration = Seconds(wrappedValue: duration)
        self.earlierAttempts = earlierAttempts
        self.evidence = evidence
        self.measurements = measurements
        self.facts = facts
        self.path = path
        self.reproduction = reproduction
        self.verification = verification
        self.muted = muted
        self.leftBehind = leftBehind
        self.faults = faults
        self.logs = logs
    }

    public var status: Status { outcome.status }
}

/// What a check was made on.
public enum Subject: String, Sendable, Codable {
    /// The deployed system.
    case live
    /// An instance of the service started with other settings.
    case launched
    /// The reference model alone.
    case model
}

/// One attempt of a check that was tried again.
public struct Attempt: Hashable, Sendable, Codable {
    public var outcome: Outcome
    public var startedAt: Date
    @Seconds public var duration: Duration

    public init(outcome: Outcome, startedAt: Date, duration: Duration) {
        self.outcome = outcome
        self.startedAt = startedAt
        self._duration = Seconds(wrappedValue: duration)
    }
}

/// A failure that somebody has taken on until a day.
public struct Mute: Hashable, Sendable, Codable {
    public var owner: String
    public var reason: String
    /// The first day on which the mute no longer holds, `yyyy-mm-dd` in UTC.
    public var expires: String

    public init(owner: String, reason: String, expires: String) {
        self.owner = owner
        self.reason = reason
        self.expires = expires
    }
}
