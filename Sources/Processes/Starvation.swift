/// How short of processor time the job was in a span of time: what it timed then may be the machine's doing.
public struct Starvation: Hashable, Sendable, Codable {
    /// The longest that work of the job which was ready to run had to wait for its turn, in seconds.
    public var longestPause: Double
    /// The share of the time in which somebody on this machine was ready to run and had no processor, 0…1. As the kernel accounts it
    /// (`/proc/pressure/cpu`, "some"), else the share of samples with more runnable threads than processors. Nil when neither is
    /// there.
    public var waiting: Double?
    /// The share of processor time that others on the same host took (`steal` of `/proc/stat`), 0…1; nil when it is not told.
    public var stolen: Double?

    public init(longestPause: Double, waiting: Double?, stolen: Double?) {
        self.longestPause = longestPause
        self.waiting = waiting
        self.stolen = stolen
    }

    /// From here on times say more of this machine than of the target. A quiet two-processor machine that runs the job and the whole
    /// local stack stays below half of each.
    public var isSevere: Bool {
        longestPause > Self.tolerablePause || (waiting ?? 0) > Self.tolerableWaiting
            || (stolen ?? 0) > Self.tolerableTheft
    }

    /// The job stood still for so long that an answer may have come unseen.
    public var isStandstill: Bool { longestPause > Self.standstill }

    private static let standstill = 1.0
    private static let tolerablePause = 0.25
    private static let tolerableWaiting = 0.8
    private static let tolerableTheft = 0.1

    /// In words, such as `longest pause 12 ms, somebody waited for a processor 31 % of the time`.
    public var text: String {
        func percent(_ share: Double) -> String { "\((share * 100).rounded().formatted()) %" }
        var parts = ["longest pause \((longestPause * 1000).rounded().formatted()) ms"]
        if let waiting { parts.append("somebody waited for a processor \(percent(waiting)) of the time") }
        if let stolen, stolen >= 0.005 {
            parts.append("other machines of the host took \(percent(stolen)) of the processors")
        }
        return parts.joined(separator: ", ")
    }
}
