import AWSClient

extension AWSItem {
    /// The alarms of CloudWatch.
    public static let alarms = AWSItem("alarms", at: \.alarms, actions: ["cloudwatch:DescribeAlarms"]) { collector, _ in
        await Collected.from { () async throws(AWSError) -> [CloudWatch.Alarm] in
            try await collector.client.all(CloudWatch.describeAlarms()) { $0.metricAlarms + $0.compositeAlarms }
        }
    }
}

extension AWSSnapshot {
    public var alarms: Collected<[CloudWatch.Alarm]>? {
        get { self[.alarms] }
        set { self[.alarms] = newValue }
    }
}
