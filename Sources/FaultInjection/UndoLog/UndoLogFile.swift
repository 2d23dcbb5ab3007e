import Foundation
import Glibc

/// The open file of an undo log, locked against other writers for as long as the value lives.
struct UndoLogFile: ~Copyable {
    /// No sound log comes near this size.
    private static let largestSize = 64 << 20

    private let descriptor: Int32
    private let path: String

    /// Opens and locks the file; nil when it does not exist and need not be created.
    init?(path: String, creating: Bool) throws(UndoLogError) {
        let existed = access(path, F_OK) == 0
        if !existed && !creating { return nil }
        let flags = creating ? O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC : O_RDONLY | O_CLOEXEC
        descriptor = Glibc.open(path, flags, 0o600)
        self.path = path
        guard descriptor >= 0 else {
            throw UndoLogError(creating ? .notWritable : .notReadable, path: path, detail: Self.systemError())
        }
        while flock(descriptor, creating ? LOCK_EX : LOCK_SH) != 0 {
            guard errno == EINTR else {
                throw UndoLogError(.notReadable, path: path, detail: "lock: \(Self.systemError())")
            }
        }
        if !existed { try syncDirectory() }
    }

    deinit { if descriptor >= 0 { Glibc.close(descriptor) } }

    func contents() throws(UndoLogError) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = pread(descriptor, &buffer, buffer.count, off_t(bytes.count))
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw UndoLogError(.notReadable, path: path, detail: Self.systemError())
            }
            bytes += buffer[..<count]
            guard bytes.count <= Self.largestSize else {
                throw UndoLogError(.damaged, path: path, detail: "larger than \(Self.largestSize) bytes")
            }
        }
    }

    func append(_ bytes: [UInt8]) throws(UndoLogError) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw UndoLogError(.notWritable, path: path, detail: Self.systemError()) }
            written += count
        }
        try sync()
    }

    func truncate(to length: Int) throws(UndoLogError) {
        guard ftruncate(descriptor, off_t(length)) == 0 else {
            throw UndoLogError(.notWritable, path: path, detail: Self.systemError())
        }
        try sync()
    }

    private func sync() throws(UndoLogError) {
        guard fsync(descriptor) == 0 else {
            throw UndoLogError(.notWritable, path: path, detail: "fsync: \(Self.systemError())")
        }
    }

    /// A new file survives a crash only when its directory's entry is on the disk too.
    private func syncDirectory() throws(UndoLogError) {
        let directory = Glibc.open(URL(fileURLWithPath: path).deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
        guard directory >= 0 else { throw UndoLogError(.notWritable, path: path, detail: Self.systemError()) }
        defer { Glibc.close(directory) }
        _ = fsync(directory)
    }

    private static func systemError() -> String { String(cString: strerror(errno)) }
}
