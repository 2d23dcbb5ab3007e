import Formats
import Foundation

/// Amazon CloudWatch: figures and alarms.
public enum CloudWatch {
    /// A figure to ask for.
    public struct Query: Codable, Hashable, Sendable {
        /// Begins with a lower-case letter; letters, digits and underscores follow.
        public var id: String
        public var namespace: String
        public var name: String
        public var dimensions: [String: String]
        /// `Average`, `Maximum`, `Sum`, `p95`, …
        public var statistic: String
        /// In seconds.
        public var period: Int

        public init(
            id: String, namespace: String, name: String, dimensions: [String: String], statistic: String, period: Int
        ) {
            self.id = id
            self.namespace = namespace
            self.name = name
            self.dimensions = dimensions
            self.statistic = statistic
            self.period = period
        }

        fileprivate var input: AWSInput {
            let dimensions: [AWSInput] = dimensions.sorted { $0.key < $1.key }.map {
                .structure(["Name": .string($0.key), "Value": .string($0.value)])
            }
            return .structure([
                "Id": .string(id),
                "ReturnData": true,
                "MetricStat": .structure([
                    "Metric": .structure([
                        "Namespace": .string(namespace), "MetricName": .string(name), "Dimensions": .list(dimensions),
                    ]),
                    "Period": .integer(period), "Stat": .string(statistic),
                ]),
            ])
        }
    }

    public struct Series: Codable, Hashable, Sendable {
        public var id: String
        public var timestamps: [Date]
        public var values: [Double]
        public var statusCode: String?
    }

    /// An alarm on a metric, or on other alarms. What older snapshots lack is nil.
    public struct Alarm: Codable, Hashable, Sendable {
        public struct Dimension: Codable, Hashable, Sendable {
            public var name: String
            public var value: String
        }
        /// A metric that an expression computes with.
        public struct Source: Codable, Hashable, Sendable {
            public struct Statistic: Codable, Hashable, Sendable { public var metric: Metric? }
            public struct Metric: Codable, Hashable, Sendable {
                public var metricName: String?
                public var dimensions: [Dimension]?
            }
            public var metricStat: Statistic?
        }
        public var alarmName: String
        /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
        public var stateValue: String
        public var stateReason: String?
        public var stateUpdatedTimestamp: Date?
        public var metricName: String?
        public var namespace: String?
        public var dimensions: [Dimension]?
        public var metrics: [Source]?
        public var actionsEnabled: Bool?
        public var alarmActions: [String]?
        /// `missing`, `notBreaching`, `breaching` or `ignore`.
        public var treatMissingData: String?
        /// Of a composite alarm.
        public var alarmRule: String?
    }

    public struct MetricData: Codable, Sendable { public var metricDataResults: [Series] }
    public struct Alarms: Codable, Sendable {
        public var metricAlarms: [Alarm]
        public var compositeAlarms: [Alarm]
    }

    /// At most 500 figures at a time.
    public static func getMetricData(_ queries: [Query], from start: Date, to end: Date) -> AWSOperation<MetricData> {
        .init(
            .cloudWatch, "GetMetricData",
            [
                "MetricDataQueries": .list(queries.map(\.input)), "StartTime": .string(Timestamp.text(start)),
                "EndTime": .string(Timestamp.text(end)), "ScanBy": "TimestampAscending",
            ], pages: .nextToken)
    }

    public static func describeAlarms() -> AWSOperation<Alarms> {
        .init(
            .cloudWatch, "DescribeAlarms",
            ["MaxRecords": 100, "AlarmTypes": .list(["MetricAlarm", "CompositeAlarm"])],
            pages: .nextToken)
    }
}
