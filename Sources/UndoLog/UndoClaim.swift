import Durable
import Formats
import Foundation
import Glibc

/// The right of one process to undo one record. The kernel lets go of it when the process ends, however it ends.
///
/// It is a lock on one byte of a file next to the log: the byte whose offset is the number of the record's line. So nobody waits
/// for the undo of another record, and the log itself stays free while a request is under way.
final class UndoClaim: Sendable {
    /// `F_OFD_SETLK` of fcntl(2): the lock belongs to this opening of the file, also between tasks of one process. glibc declares it
    /// only for `_GNU_SOURCE`, which Swift's Glibc module does not set.
    private static let setLock: Int32 = 37

    private let descriptor: Int32

    static func path(for log: String) -> String { log + ".claims" }

    /// - Returns: nil when somebody else has the claim.
    init?(log: String, seq: Int) throws(UndoLogError) {
        let path = Self.path(for: log)
        descriptor = PrivateFile.open(path, O_RDWR | O_CREAT)
        guard descriptor >= 0 else {
            throw UndoLogError(.notWritable, path: path, detail: SystemError(errno).writing)
        }
        var byte = flock()
        byte.l_type = Int16(F_WRLCK)
        byte.l_whence = Int16(SEEK_SET)
        byte.l_start = off_t(seq)
        byte.l_len = 1
        while fcntl(descriptor, Self.setLock, &byte) != 0 {
            if errno == EINTR { continue }
            let isTaken = errno == EAGAIN || errno == EACCES
            let reason = String(cString: strerror(errno))
            guard isTaken else { throw UndoLogError(.notWritable, path: path, detail: reason) }
            return nil
        }
    }

    /// Waits for it.
    ///
    /// - Returns: nil when somebody else has it for longer.
    static func take(log: String, seq: Int, until: ContinuousClock.Instant) async throws(UndoLogError) -> UndoClaim? {
        while true {
            if let claim = try UndoClaim(log: log, seq: seq) { return claim }
            guard ContinuousClock.now < until else { return nil }
            // A cancelled task still has to undo: its sleep ends at once, so give way instead.
            do { try await Task.sleep(for: .milliseconds(20)) } catch { usleep(2000) }
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
