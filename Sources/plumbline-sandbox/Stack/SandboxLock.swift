import Foundation
import Glibc

/// Keeps two commands from changing one sandbox at once. The kernel releases it when the process ends, however it ends.
enum SandboxLock {
    /// Runs `work` while no other command may change the directory.
    ///
    /// - Throws: ``SandboxError/busy(path:owner:)`` when another command holds the lock.
    @discardableResult
    static func held<Value>(
        _ directory: SandboxDirectory, _ work: () async throws -> Value
    ) async throws -> Value {
        try FileManager.default.createDirectory(atPath: directory.path, withIntermediateDirectories: true)
        let descriptor = open(directory.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw SandboxError.cannotWrite(path: directory.lock, reason: String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        // A program that is just being started holds a copy of every descriptor until it becomes itself, so a lock may
        // outlive its owner for a moment.
        var attempts = 0
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0, attempts < 20 {
            attempts += 1
            try await Task.sleep(for: .milliseconds(25))
        }
        guard attempts < 20 else {
            let owner = (try? String(contentsOfFile: directory.lock, encoding: .utf8)) ?? ""
            throw SandboxError.busy(path: directory.path, owner: owner.isEmpty ? "unknown process" : "pid \(owner)")
        }
        ftruncate(descriptor, 0)
        let owner = Array("\(getpid())".utf8)
        _ = write(descriptor, owner, owner.count)
        return try await work()
    }
}
