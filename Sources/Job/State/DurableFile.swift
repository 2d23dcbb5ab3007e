import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// Files that are whole or not there: temporary name, flush, rename, flush of the directory.
enum DurableFile {
    struct WriteError: Error, CustomStringConvertible {
        let path: String
        let reason: String
        var description: String {
            "\(path) cannot be written: \(reason). Free space or choose another --state directory; the run can be resumed"
        }
    }

    static func write(_ bytes: [UInt8], to url: URL) throws(WriteError) {
        // Two tasks may write the same file at once, such as equal evidence of two checks.
        let temporary = url.path + ".partial-\(getpid())-\(String(UInt32.random(in: 0 ... .max), radix: 16))"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(temporary) }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count < 0 {
                if errno == EINTR { continue }
                let error = failure(temporary)
                close(descriptor)
                unlink(temporary)
                throw error
            }
            written += count
        }
        let flushed = fsync(descriptor) == 0
        close(descriptor)
        guard flushed, rename(temporary, url.path) == 0 else {
            let error = failure(temporary)
            unlink(temporary)
            throw error
        }
        flushDirectory(url.deletingLastPathComponent())
    }

    private static func flushDirectory(_ url: URL) {
        let descriptor = open(url.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    private static func failure(_ path: String) -> WriteError {
        WriteError(path: path, reason: String(cString: strerror(errno)))
    }
}
