import Formats
import Foundation

/// AWS CloudTrail: who called what.
public enum CloudTrail {
    public struct Event: Codable, Hashable, Sendable {
        public var eventId: String?
        public var eventName: String?
        public var eventTime: Date?
        /// The whole event as JSON text.
        public var cloudTrailEvent: String?
    }

    public struct Events: Codable, Sendable { public var events: [Event] }

    /// Mutating events of a window. The service allows two calls a second and keeps 90 days.
    public static func lookupEvents(from start: Date, to end: Date) -> AWSOperation<Events> {
        .init(
            .cloudTrail, "LookupEvents",
            [
                "StartTime": .integer(Int(start.wholeSecondsSince1970)),
                "EndTime": .integer(Int(end.wholeSecondsSince1970)), "MaxResults": 50,
                "LookupAttributes": .list([
                    .structure(["AttributeKey": "ReadOnly", "AttributeValue": "false"])
                ]),
            ], pages: .nextToken
        ).resting(.milliseconds(500))
    }
}
