import Foundation

/// What the lock object says. It is never removed: who lets go of the lock writes that it is free, so that the generation only
/// grows.
public struct LeaseRecord: Hashable, Sendable, Codable {
    /// One more with every owner, from 1.
    public var generation: Int
    public var isHeld: Bool
    /// Random, and the owner's own: by it an owner whose answer was lost finds that the lock is its.
    public var nonce: String
    /// Counts the writes of one owner, so that no two writes have the same bytes.
    public var beat: Int
    /// How long the lock is held without being renewed, in seconds.
    public var lease: Double
    public var owner: Owner

    /// Who holds the lock, for people.
    public struct Owner: Hashable, Sendable, Codable {
        public var host: String
        public var process: Int32
        public var run: String
        /// By the owner's wall clock. Nothing is decided by it.
        public var since: Date

        public init(host: String, process: Int32, run: String, since: Date) {
            self.host = host
            self.process = process
            self.run = run
            self.since = since
        }
    }

    public init(generation: Int, isHeld: Bool, nonce: String, beat: Int, lease: Double, owner: Owner) {
        self.generation = generation
        self.isHeld = isHeld
        self.nonce = nonce
        self.beat = beat
        self.lease = lease
        self.owner = owner
    }
}
