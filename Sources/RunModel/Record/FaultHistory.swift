import Foundation

/// What earlier runs on the same environment say of a finding.
public struct FaultHistory: Hashable, Sendable, Codable {
    /// The first of the runs without a pass in between.
    public var firstRun: RunID
    public var firstSeen: Date
    /// In how many runs on end its check fails, this one counted.
    public var runs: Int
    /// The last run before them in which it passed; nil where no earlier run did.
    public var lastGood: Date?
    public var lastGoodCommit: String?
    public var firstBadCommit: String?
    /// The first change between the two that fits; a suspect, no proof.
    public var firstBadChange: Change?

    public init(
        firstRun: RunID, firstSeen: Date, runs: Int, lastGood: Date?, lastGoodCommit: String? = nil,
        firstBadCommit: String? = nil, firstBadChange: Change? = nil
    ) {
        self.firstRun = firstRun
        self.firstSeen = firstSeen
        self.runs = runs
        self.lastGood = lastGood
        self.lastGoodCommit = lastGoodCommit
        self.firstBadCommit = firstBadCommit
        self.firstBadChange = firstBadChange
    }
}
