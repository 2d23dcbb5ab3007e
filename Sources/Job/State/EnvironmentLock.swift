import Durable
import Formats
import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// Who holds a lock.
public struct LockOwner: Codable, Sendable {
    public var process: Int32
    public var host: String
    public var run: String
    public var since: Date
}

/// One run at a time for one environment. The kernel lets go of the lock when the process ends, however it ends.
public final class EnvironmentLock: Sendable {
    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Takes the lock at once or says who holds it.
    public static func acquire(path: String, run: String, now: Date) throws(StateError) -> EnvironmentLock {
        let descriptor = PrivateFile.open(path, O_RDWR | O_CREAT)
        guard descriptor >= 0 else { throw .unusable(path: path, reason: SystemError(errno).writing) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            let owner = (try? Data(contentsOf: URL(fileURLWithPath: path))).flatMap {
                try? JSON.decode(LockOwner.self, from: $0)
            }
            throw .locked(path: path, owner: owner, age: owner.map { now.duration(since: $0.since) } ?? .zero)
        }
        let lock = EnvironmentLock(descriptor: descriptor)
        lock.note(run: run, since: now)
        return lock
    }

    /// Says in the file what the lock is held for.
    func note(run: String, since: Date) {
        let owner = LockOwner(process: getpid(), host: ProcessInfo.processInfo.hostName, run: run, since: since)
        guard let data = try? JSON.prettyData(owner) else { return }
        ftruncate(descriptor, 0)
        _ = data.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    }
}
