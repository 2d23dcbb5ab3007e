import Foundation

/// When a fault showed in a run, and when it did not.
public struct Course: Hashable, Sendable, Codable {
    /// The last time before it at which the component answered; nil where it never did before.
    public var lastGood: Date?
    public var first: Date
    public var last: Date
    /// How often it began.
    public var episodes: Int
    /// When the component answered after it for the first time; nil where it lasts.
    public var recovered: Date?

    public init(lastGood: Date?, first: Date, last: Date, episodes: Int, recovered: Date?) {
        self.lastGood = lastGood
        self.first = first
        self.last = last
        self.episodes = episodes
        self.recovered = recovered
    }
}
