import Formats
import Foundation
import Glibc
import Secrets

/// Files that are whole or not there: temporary name, flush, rename, flush of the directory.
public enum DurableFile {
    public struct WriteError: Error, CustomStringConvertible {
        public let path: String
        /// What the system said, and what helps.
        public let reason: String
        public var description: String { "\(path) cannot be written: \(reason). The run can be resumed" }

        /// `errno` says the reason.
        init(path: String) {
            reason = SystemError(errno).writing
            self.path = path
        }
    }

    /// Replaces the file, or makes it, for its owner alone; after a failure an older one is untouched.
    public static func write(_ content: RedactedBytes, to url: URL) throws(WriteError) {
        let bytes = content.bytes
        let temporary = temporaryName(for: url)
        let descriptor = PrivateFile.open(temporary, O_WRONLY | O_CREAT | O_EXCL)
        guard descriptor >= 0 else { throw WriteError(path: temporary) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let error = WriteError(path: temporary)
                close(descriptor)
                unlink(temporary)
                throw error
            }
            written += count
        }
        guard fsync(descriptor) == 0 else {
            let error = WriteError(path: temporary)
            close(descriptor)
            unlink(temporary)
            throw error
        }
        close(descriptor)
        try rename(temporary, to: url)
    }

    /// A name in the same directory that nobody else uses, for a file that ``put(_:to:)`` then gives its own. Two tasks may write
    /// the same file at once, such as equal evidence of two checks.
    public static func temporaryName(for url: URL) -> String {
        url.path + ".partial-\(getpid())-\(String(UInt32.random(in: 0 ... .max), radix: 16))"
    }

    /// Gives a file that was written under a temporary name its own, once it is on the disk. After a failure it is removed.
    public static func put(_ temporary: String, to url: URL) throws(WriteError) {
        do throws(WriteError) {
            try flush(temporary)
        } catch {
            unlink(temporary)
            throw error
        }
        try rename(temporary, to: url)
    }

    private static func rename(_ temporary: String, to url: URL) throws(WriteError) {
        let path = url.path
        guard Glibc.rename(temporary, path) == 0 else {
            let error = WriteError(path: path)
            unlink(temporary)
            throw error
        }
        flushDirectory(of: path)
    }

    /// Makes the name of a new file durable: it may be lost with its directory's block otherwise.
    public static func flushDirectory(of path: String) {
        let end = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let directory = end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    private static func flush(_ path: String) throws(WriteError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw WriteError(path: path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw WriteError(path: path) }
    }
}
