import Formats
import Glibc
import Synchronization

/// Runs a command to its end, or to its deadline, and leaves no process behind.
///
/// The command runs in a session of its own; at the end its process group is killed, and with it every descendant that
/// left the group but kept its environment. Output beyond the limit is read and dropped, so memory stays bounded.
public enum CommandRun {
    /// How the command ended.
    public enum Ending: Hashable, Sendable {
        case exited(Int32)
        case signalled(Int32)
        case deadlineExceeded
        case cancelled
    }

    public struct Result: Hashable, Sendable {
        public var ending: Ending
        public var output: CapturedOutput
        public var error: CapturedOutput
        public var duration: Duration
        /// Descendants that were still running when the command had ended, and were killed.
        public var leftovers: Int
    }

    /// The variable that marks every descendant of one run.
    static let marker = "PLUMBLINE_COMMAND"

    /// - Parameter outputLimit: bytes kept of each stream, half from its start and half from its end.
    public static func run(
        _ launch: ProcessLaunch, deadline: Duration, outputLimit: Int = 4 << 20
    ) async throws(ProcessError) -> Result {
        let isCancelled = Cancellation()
        let outcome: Swift.Result<Result, ProcessError> = await withTaskCancellationHandler {
            await DedicatedThread.run(named: "command") {
                Swift.Result { () throws(ProcessError) in
                    try RunningCommand(launch, outputLimit: outputLimit).follow(for: deadline, isCancelled: isCancelled)
                }
            }
        } onCancel: {
            isCancelled.flag.store(true, ordering: .relaxed)
        }
        return try outcome.get()
    }

    final class Cancellation: Sendable { let flag = Atomic(false) }
}

/// What a stream carried, as far as it was kept.
public struct CapturedOutput: Hashable, Sendable {
    private var head: [UInt8] = []
    private var tail: [UInt8] = []
    private let limit: Int
    public private(set) var totalBytes = 0

    init(limit: Int) { self.limit = limit }

    mutating func append(_ bytes: ArraySlice<UInt8>) {
        totalBytes += bytes.count
        let room = max(0, limit / 2 - head.count)
        head += bytes.prefix(room)
        tail += bytes.dropFirst(room)
        if tail.count > limit { tail.removeFirst(tail.count - limit / 2) }
    }

    public var isComplete: Bool { totalBytes == head.count + min(tail.count, limit / 2) }

    /// What was kept; where something is missing, a line says how much.
    public var bytes: [UInt8] {
        if isComplete { return head + tail }
        let end = tail.suffix(limit / 2)
        // The ellipses say where a value may be cut through.
        let note = "\n… \(totalBytes - head.count - end.count) of \(totalBytes) bytes left out here …\n"
        return head + Array(note.utf8) + end
    }

    /// The kept bytes as text; what is not UTF-8 becomes the replacement character.
    public var text: String { String(decoding: bytes, as: UTF8.self) }
}
