import AWSClient
import CheckKit
import RunModel

/// What a call to AWS gave: its answer, or why there is none. Errors are data, so that one refused call spoils nothing else.
public enum Collected<Value: Codable & Sendable>: Sendable, Codable {
    case value(Value)
    case failed(AWSError)

    private enum Key: String, CodingKey { case value, error }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        if let error = try container.decodeIfPresent(AWSError.self, forKey: .error) {
            self = .failed(error)
        } else {
            self = .value(try container.decode(Value.self, forKey: .value))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .value(let value): try container.encode(value, forKey: .value)
        case .failed(let error): try container.encode(error, forKey: .error)
        }
    }

    /// Makes the call and keeps whatever comes of it.
    static func from(_ call: () async throws(AWSError) -> Value) async -> Collected {
        do { return .value(try await call()) } catch { return .failed(error) }
    }

    /// The answer.
    ///
    /// - Throws: ``Stop`` with `inconclusive`, naming the action that is not allowed, when there is none.
    public func known() throws -> Value {
        switch self {
        case .value(let value): return value
        case .failed(let error): throw Stop.inconclusive(.aws(error), error.inconclusiveReason)
        }
    }

    var error: AWSError? {
        if case .failed(let error) = self { return error }
        return nil
    }
}

extension Optional {
    /// The answer of an item of the snapshot; `inconclusive` when it was not collected or could not be.
    func known<Value>() throws -> Value where Wrapped == Collected<Value> {
        guard let self else {
            throw Stop.inconclusive(
                .obstacle(.notCollected, of: Component(.aws)), "the snapshot lacks the answer this check reads")
        }
        return try self.known()
    }
}

extension AWSError {
    /// Why a check that needs the call cannot tell.
    var inconclusiveReason: String {
        let name = actionName
        switch kind {
        case .accessDenied:
            // No grant overrides an explicit denial (IAM user guide: policy evaluation logic).
            return message.contains("explicit deny")
                ? "not allowed to call \(name): a policy denies it explicitly; except this identity from it"
                : "not allowed to call \(name); grant it (`plumbline policy` prints the whole policy)"
        case .throttled:
            return "AWS throttles \(name) (\(self)); run again when fewer callers ask, or have its request quota raised"
        case .malformedAnswer, .paginationLoop:
            return
                "what answers \(name) cannot be used (\(self)); look for a proxy between here and AWS, and at `aws.endpoint_url`"
        case .transport:
            return
                "no answer to \(name) (\(self)); look at the route, the proxy and the endpoint that lead there"
        case .service: return "AWS failed on \(name) (\(self)); run again, and look at the AWS Health Dashboard"
        case .client, .notFound, .configuration: return "AWS refused \(name): \(self)"
        case .expiredCredentials, .invalidCredentials, .noCredentials, .clockSkew:
            return "AWS refused \(name): \(self); see AWS-STS-01"
        }
    }
}
