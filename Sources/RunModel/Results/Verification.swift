/// How anyone tells with plain tools whether a fault is still there: a command, and what its answer is held against.
///
/// It changes nothing on the target. Where neither ``fault`` nor ``repaired`` holds, nothing can be told.
public struct Verification: Hashable, Sendable, Codable {
    /// The program that asks, which decides how an answer is read.
    public enum Tool: String, CaseIterable, Sendable, Codable {
        /// Its answer is a status and a body.
        case curl
        case psql
        case redis = "redis-cli"
        case aws
        case getent
        case openssl
        /// A check that no plain tool can carry out: it breaks something, loads something or changes something and undoes it.
        case plumbline
    }

    /// One thing that an answer may show.
    public enum Condition: Hashable, Sendable {
        /// The program ends with one of these codes.
        case exit([Int])
        /// The answer over HTTP has one of these statuses.
        case status([Int])
        /// The answer holds the text.
        case contains(String)
        /// The answer does not hold the text.
        case lacks(String)
    }

    public var tool: Tool
    /// A line for a POSIX shell, without redirections of its own; secrets stand as environment variables.
    public var command: String
    /// The fault is there when any of these holds.
    public var fault: [Condition]
    /// The fault is gone when all of these hold.
    public var repaired: [Condition]

    public init(_ tool: Tool, _ command: String, fault: [Condition], repaired: [Condition]) {
        self.tool = tool
        self.command = command
        self.fault = fault
        self.repaired = repaired
    }
}

extension Verification {
    /// What curl ends with when there is no name, no connection, no answer or no trust: CURLE_COULDNT_RESOLVE_HOST,
    /// CURLE_COULDNT_CONNECT, CURLE_OPERATION_TIMEDOUT, CURLE_SSL_CONNECT_ERROR, CURLE_GOT_NOTHING, CURLE_RECV_ERROR,
    /// CURLE_PEER_FAILED_VERIFICATION.
    public static let silences = [6, 7, 28, 35, 52, 56, 60]
    /// The same, and 0: whatever is no mistake of the caller.
    public static let answersAndSilences = [0] + silences
    /// What curl ends with when somebody answered, took too long over it or broke it off: 0, CURLE_OPERATION_TIMEDOUT,
    /// CURLE_GOT_NOTHING, CURLE_RECV_ERROR. Where an answer was wrong, a place that nobody listens at tells nothing of it.
    public static let answers = [0, 28, 52, 56]
    /// What a shell says of a program that was ended because it took too long.
    public static let ended = 143
}

extension Verification.Condition: Codable {
    private enum Key: String, CodingKey { case exit, status, contains, lacks }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        if let codes = try container.decodeIfPresent([Int].self, forKey: .exit) {
            self = .exit(codes)
        } else if let statuses = try container.decodeIfPresent([Int].self, forKey: .status) {
            self = .status(statuses)
        } else if let text = try container.decodeIfPresent(String.self, forKey: .contains) {
            self = .contains(text)
        } else {
            self = .lacks(try container.decode(String.self, forKey: .lacks))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .exit(let codes): try container.encode(codes, forKey: .exit)
        case .status(let statuses): try container.encode(statuses, forKey: .status)
        case .contains(let text): try container.encode(text, forKey: .contains)
        case .lacks(let text): try container.encode(text, forKey: .lacks)
        }
    }
}
