/// The eight ways a check can end, as a word.
public enum Status: String, CaseIterable, Sendable, Codable {
    case passed, failed, error, timeout, inconclusive, blocked, skipped, flaky

    /// Whether the check has said something about the system: yes, no, or yes after a second look.
    public var isConclusive: Bool {
        switch self {
        case .passed, .failed, .timeout, .flaky: true
        case .error, .inconclusive, .blocked, .skipped: false
        }
    }
}

/// How a check ended, with what the reader needs to believe it. There is no outcome without its reason.
public enum Outcome: Hashable, Sendable {
    /// The system is as it should be; the note says what was seen.
    case passed(String)
    /// The system is wrong.
    case failed(Mismatch)
    /// Plumbline itself broke.
    case error(String)
    /// The check did not end within its deadline.
    case timeout(String)
    /// Could not tell: no permission, no samples, no effect of a fault, wrong vantage point.
    case inconclusive(Uncertainty)
    /// A check that this one depends on did not pass.
    case blocked(by: CheckID)
    /// Not run, for this reason.
    case skipped(String)
    /// Passed, but only on a later attempt; every attempt is kept.
    case flaky(String)

    /// Shorthand for a failed expectation.
    public static func failed(_ symptom: Symptom, _ message: String, expected: String, got: String) -> Outcome {
        .failed(Mismatch(symptom, message, expected: expected, got: got))
    }

    /// Shorthand for what could not be told.
    public static func inconclusive(_ symptom: Symptom, _ reason: String) -> Outcome {
        .inconclusive(Uncertainty(symptom, reason))
    }

    /// What was seen, for diagnosis: of a failed or an inconclusive outcome.
    public var symptom: Symptom? {
        switch self {
        case .failed(let mismatch): mismatch.symptom
        case .inconclusive(let uncertainty): uncertainty.symptom
        case .passed, .error, .timeout, .blocked, .skipped, .flaky: nil
        }
    }

    public var status: Status {
        switch self {
        case .passed: .passed
        case .failed: .failed
        case .error: .error
        case .timeout: .timeout
        case .inconclusive: .inconclusive
        case .blocked: .blocked
        case .skipped: .skipped
        case .flaky: .flaky
        }
    }

    /// One sentence for a table or a log line.
    public var message: String {
        switch self {
        case .passed(let note), .flaky(let note): note
        case .failed(let mismatch): mismatch.message
        case .inconclusive(let uncertainty): uncertainty.reason
        case .error(let text), .timeout(let text), .skipped(let text): text
        case .blocked(let id): "blocked by \(id)"
        }
    }
}

/// What was expected and what came instead: words for people, and the symptom for diagnosis.
public struct Mismatch: Hashable, Sendable, Codable {
    public var symptom: Symptom
    public var message: String
    public var expected: String
    public var got: String

    public init(_ symptom: Symptom, _ message: String, expected: String, got: String) {
        self.symptom = symptom
        self.message = message
        self.expected = expected
        self.got = got
    }
}

/// Why nothing could be told: words for people, and the symptom for diagnosis.
public struct Uncertainty: Hashable, Sendable, Codable {
    public var symptom: Symptom
    public var reason: String

    public init(_ symptom: Symptom, _ reason: String) {
        self.symptom = symptom
        self.reason = reason
    }
}

extension Outcome: Codable {
    private enum Key: String, CodingKey { case status, message, expected, got, blockedBy, symptom }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let message = try container.decodeIfPresent(String.self, forKey: .message) ?? ""
        // Journals of versions that knew no symptoms have none.
        func symptom() throws -> Symptom {
            try container.decodeIfPresent(Symptom.self, forKey: .symptom) ?? .unrecorded
        }
        switch try container.decode(Status.self, forKey: .status) {
        case .passed: self = .passed(message)
        case .failed:
            self = .failed(
                try symptom(), message, expected: try container.decode(String.self, forKey: .expected),
                got: try container.decode(String.self, forKey: .got))
        case .error: self = .error(message)
        case .timeout: self = .timeout(message)
        case .inconclusive: self = .inconclusive(try symptom(), message)
        case .blocked: self = .blocked(by: try container.decode(CheckID.self, forKey: .blockedBy))
        case .skipped: self = .skipped(message)
        case .flaky: self = .flaky(message)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(status, forKey: .status)
        try container.encode(message, forKey: .message)
        if let symptom, symptom != .unrecorded { try container.encode(symptom, forKey: .symptom) }
        if case .failed(let mismatch) = self {
            try container.encode(mismatch.expected, forKey: .expected)
            try container.encode(mismatch.got, forKey: .got)
        }
        if case .blocked(let id) = self { try container.encode(id, forKey: .blockedBy) }
    }
}
