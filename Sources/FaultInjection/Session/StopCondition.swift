/// Something that must not happen while a fault is on. When it does, the test ends and everything is undone at once.
public struct StopCondition: Sendable {
    var name: String
    var interval: Duration
    /// What has happened, or nil while all is well.
    public var reason: @Sendable () async -> String?

    public init(_ name: String, every interval: Duration = .seconds(1), reason: @escaping @Sendable () async -> String?)
    {
        self.name = name
        self.interval = interval
        self.reason = reason
    }

    /// Looks until it is met; nil when the task is cancelled first.
    func watch() async -> String? {
        while !Task.isCancelled {
            if let reason = await reason() { return "\(name): \(reason)" }
            do { try await Task.sleep(for: interval) } catch { return nil }
        }
        return nil
    }
}
