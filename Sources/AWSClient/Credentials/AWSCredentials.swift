import Foundation
import Secrets

/// What requests are signed with, and where it came from. The secrets never appear in its description.
public struct AWSCredentials: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    public let accessKeyID: String
    public let secretAccessKey: String
    public let sessionToken: String?
    /// When they stop working; nil for long-lived keys.
    public let expiration: Date?
    /// Where they came from, for people: `environment`, `profile staging`, `container`.
    public let source: String

    public init(
        accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil, expiration: Date? = nil,
        source: String
    ) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiration = expiration
        self.source = source
    }

    public var description: String { "AWS credentials from \(source)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["source": source]) }

    /// Masks them from here on. A stand-in for AWS is content with an ordinary word, which reports need.
    func learn() {
        for (value, name) in [(secretAccessKey, "aws-secret-access-key"), (sessionToken ?? "", "aws-session-token")]
        where value.utf8.count >= 12 {
            Redactor.current.learn(value, as: name)
        }
    }
}
