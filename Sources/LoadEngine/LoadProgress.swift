/// Where a run stands, once a second.
public struct LoadProgress: Sendable {
    /// The second that has just ended, all event loops together.
    public var latest: SecondSample
    /// Everything up to now; without service times and phases, which are merged in the end.
    public var total: LoadStatistics
    public var elapsed: Duration
    /// When a run with a fixed time will stop starting requests.
    public var plannedDuration: Duration?
}
