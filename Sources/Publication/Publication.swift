/// One thing that was to be published, and what became of it.
public struct PublicationResult: Sendable {
    public enum End: Sendable {
        case created
        case updated
        /// What is there says the same already.
        case unchanged
        /// There is nothing to do, for this reason.
        case skipped(String)
        /// Nothing was sent: only what would be was asked for.
        case planned
        case failed(PublicationError)
    }

    /// `comment`, `check run`, `issue ABC-12`, ….
    var what: String
    public var end: End
    /// Where it can be looked at.
    public var url: String?

    public init(_ what: String, _ end: End, url: String? = nil) {
        self.what = what
        self.end = end
        self.url = url
    }

    public var isFailure: Bool { if case .failed = end { true } else { false } }

    /// One line.
    public var line: String {
        let place = url.map { " \($0)" } ?? ""
        return switch end {
        case .created: "\(what): created\(place)"
        case .updated: "\(what): updated\(place)"
        case .unchanged: "\(what): says the same already\(place)"
        case .skipped(let reason): "\(what): left out, \(reason)"
        case .planned: "\(what): not sent (--dry-run)\(place)"
        case .failed(let error): "\(what): NOT published: \(error)"
        }
    }
}

/// Why something could not be published.
public struct PublicationError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// No answer, or a failure of the service: what was sent may have been done or not.
        case unanswered
        /// The service wants us to come back later than anybody waits.
        case limited
        /// The service refused.
        case refused
        /// The answer is not what the service's documentation says.
        case malformed
        /// It cannot be sent as it is.
        case unusable
    }

    public var code: Code
    /// What was tried, on what, and what came.
    public var problem: String
    /// What to do about it.
    var advice: String
    /// Of the answer.
    public var status: Int?

    public init(_ code: Code, _ problem: String, advice: String = "", status: Int? = nil) {
        self.code = code
        self.problem = problem
        self.advice = advice
        self.status = status
    }

    public var description: String { advice.isEmpty ? problem : "\(problem). \(advice)" }
}
