import Foundation

/// What is kept of earlier runs on the same environment: enough to tell since when something fails.
public struct RunHistory: Hashable, Sendable, Codable {
    /// One run, by what passed and failed in it.
    public struct Past: Hashable, Sendable, Codable {
        public var run: RunID
        public var startedAt: Date
        public var commit: String?
        public var failing: [CheckID]
        public var passing: [CheckID]
        /// What diagnosis named.
        public var causes: [Cause]

        public init(
            run: RunID, startedAt: Date, commit: String?, failing: [CheckID], passing: [CheckID], causes: [Cause]
        ) {
            self.run = run
            self.startedAt = startedAt
            self.commit = commit
            self.failing = failing
            self.passing = passing
            self.causes = causes
        }
    }

    /// Older runs are forgotten.
    public static let most = 30

    /// Newest first.
    public var runs: [Past]

    public init(_ runs: [Past] = []) { self.runs = Array(runs.prefix(Self.most)) }
}
