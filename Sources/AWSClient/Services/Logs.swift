import Formats
import Foundation

/// Amazon CloudWatch Logs.
public enum Logs {
    public struct Event: Codable, Hashable, Sendable {
        public var logStreamName: String?
        /// In milliseconds since 1970.
        public var timestamp: Int
        public var message: String
    }

    public struct Events: Codable, Sendable { public var events: [Event] }

    public struct Group: Codable, Hashable, Sendable {
        public var logGroupName: String
        public var retentionInDays: Int?
    }

    public struct Groups: Codable, Sendable { public var logGroups: [Group] }

    public static func describeLogGroups(prefix: String) -> AWSOperation<Groups> {
        .init(.logs, "DescribeLogGroups", ["logGroupNamePrefix": .string(prefix)], pages: .lowerNextToken)
    }

    public static func filterLogEvents(
        group: String, from start: Date, to end: Date, limit: Int, pattern: String? = nil
    ) -> AWSOperation<Events> {
        var input: [String: AWSInput] = [
            "logGroupName": .string(group), "startTime": .integer(Int(start.millisecondsSince1970)),
            "endTime": .integer(Int(end.millisecondsSince1970)), "limit": .integer(limit),
        ]
        if let pattern { input["filterPattern"] = .string(pattern) }
        return .init(.logs, "FilterLogEvents", input, pages: .lowerNextToken)
    }
}
