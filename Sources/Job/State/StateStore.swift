import Foundation
import UndoLog

/// Where the state of one environment lives between runs: a folder, or a place in S3. Nothing above knows which.
public protocol StateStore: Sendable {
    /// Takes the environment's one lock, and makes what the store holds a directory of this machine.
    ///
    /// - Parameters:
    ///   - run: what the lock is held for, for people.
    ///   - notify: gets sentences for people while that takes time, and later while the store fails.
    ///   - onLoss: called once, with the reason, when this process may not change the target any more.
    /// - Throws: ``StateError``.
    func hold(
        for run: String, now: Date, notify: @escaping @Sendable (String) -> Void,
        onLoss: @escaping @Sendable (String) -> Void
    ) async throws(StateError) -> any HeldState

    /// Works on what the store holds, without the lock. What a run under way writes meanwhile may be missing.
    ///
    /// - Parameter work: gets a directory that may be gone afterwards.
    /// - Throws: ``StateError``, and what the work throws.
    func read<Value>(_ work: (StateDirectory) async throws -> Value) async throws -> Value
}

/// The state of an environment while one process holds its lock.
public protocol HeldState: Sendable {
    var directory: StateDirectory { get }

    /// Keeps undo logs where the state outlives this machine; nil where the directory itself does.
    var undoCopy: (any UndoLogCopy)? { get }

    /// What the process that undoes after a death is told of the place.
    var guardianArguments: [String] { get }

    /// What the store was asked and what that costs, for people; nil where it costs nothing.
    var account: String? { get }

    /// Says in the lock what it is held for.
    func note(run: String, since: Date)

    /// Returns when everything up to now outlives this machine.
    func checkpoint() async throws(StateError)

    /// Keeps the bundle with the state.
    ///
    /// - Returns: where it is; nil where it is only where it was written.
    func deliver(_ delivery: Delivery) async throws(StateError) -> String?

    /// A link under which anybody may read a delivered bundle for a time; nil where there are no links.
    func link(to location: String, expires: Duration) async throws(StateError) -> String?

    /// Lets go of the lock. What was not kept before is not kept.
    func release() async
}

/// A run's end, as whoever started the run wants to find it.
public struct Delivery: Sendable, Codable {
    public var run: String
    /// The name of the bundle's file.
    public var bundle: String
    public var sha256: String
    public var exitCode: Int32
    public var verdict: String
    /// The mark of whoever started the run from elsewhere; nil when nobody did.
    public var submission: String?
    /// Where the bundle's file is on this machine; not written down.
    public var file: URL

    private enum CodingKeys: String, CodingKey { case run, bundle, sha256, exitCode, verdict, submission }

    public init(
        run: String, bundle: String, sha256: String, exitCode: Int32, verdict: String, submission: String?, file: URL
    ) {
        self.run = run
        self.bundle = bundle
        self.sha256 = sha256
        self.exitCode = exitCode
        self.verdict = verdict
        self.submission = submission
        self.file = file
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        run = try container.decode(String.self, forKey: .run)
        bundle = try container.decode(String.self, forKey: .bundle)
        sha256 = try container.decode(String.self, forKey: .sha256)
        exitCode = try container.decode(Int32.self, forKey: .exitCode)
        verdict = try container.decode(String.self, forKey: .verdict)
        submission = try container.decodeIfPresent(String.self, forKey: .submission)
        file = URL(fileURLWithPath: bundle)
    }
}
