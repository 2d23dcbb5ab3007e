import Durable
import Formats
import Foundation
import Glibc

/// A file descriptor that is closed when its owner goes, with the calls a bundle needs. Every call restarts after a signal.
struct PosixFile: ~Copyable {
    enum Kind: Equatable {
        case regular, directory
        case other(String)
    }

    let descriptor: Int32
    let path: String

    private init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { _ = close(descriptor) }

    /// Opens a regular file for reading. A pipe is refused without waiting for its writer.
    init(reading path: String) throws(BundleError) {
        let descriptor = Self.restarting { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else { throw Self.failure("open", path) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, Self.kind(ofStatus: status) == .regular else {
            _ = close(descriptor)
            throw BundleError(.badSource, path, "is not a regular file")
        }
        self.init(descriptor: descriptor, path: path)
    }

    /// Creates a file for its owner alone that must not exist yet; a link in its place is not followed.
    init(creating path: String) throws(BundleError) {
        let descriptor = Self.restarting { PrivateFile.open(path, O_WRONLY | O_CREAT | O_EXCL) }
        guard descriptor >= 0 else { throw Self.failure("create", path) }
        self.init(descriptor: descriptor, path: path)
    }

    /// The size at this moment, in bytes.
    func size() throws(BundleError) -> Int64 {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.failure("examine", path) }
        return Int64(status.st_size)
    }

    /// Reads what is there, up to the buffer's size; 0 at the end of the file.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(BundleError) -> Int {
        let descriptor = descriptor
        let count = Self.restarting { Int(Glibc.read(descriptor, buffer.baseAddress, buffer.count)) }
        guard count >= 0 else { throw Self.failure("read", path) }
        return count
    }

    /// Writes all of the bytes.
    func write(_ bytes: UnsafeRawBufferPointer) throws(BundleError) {
        var rest = bytes
        let descriptor = descriptor
        while !rest.isEmpty {
            let chunk = rest
            let count = Self.restarting { Int(Glibc.write(descriptor, chunk.baseAddress, chunk.count)) }
            guard count > 0 else { throw Self.failure("write", path) }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
    }

    func write(_ bytes: [UInt8]) throws(BundleError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { buffer.deallocate() }
        buffer.copyBytes(from: bytes)
        try write(UnsafeRawBufferPointer(buffer))
    }

    /// Waits until the bytes are on the disk.
    func synchronize() throws(BundleError) {
        let descriptor = descriptor
        guard Self.restarting({ fsync(descriptor) }) == 0 else { throw Self.failure("synchronise", path) }
    }

    /// What stands at a path; a link is not followed.
    static func kind(of path: String) throws(BundleError) -> Kind {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw failure("examine", path) }
        return kind(ofStatus: status)
    }

    private static func kind(ofStatus status: stat) -> Kind {
        switch status.st_mode & S_IFMT {
        case S_IFREG: .regular
        case S_IFDIR: .directory
        case S_IFLNK: .other("a symbolic link")
        case S_IFIFO: .other("a pipe")
        case S_IFSOCK: .other("a socket")
        default: .other("a device")
        }
    }

    static func rename(_ old: String, to new: String) throws(BundleError) {
        guard Glibc.rename(old, new) == 0 else { throw failure("rename to \(new)", old) }
    }

    /// A name in the same directory that nobody else uses, so that a rename is atomic.
    static func temporarySibling(of path: String) -> String {
        let url = URL(filePath: path)
        let name = ".\(url.lastPathComponent).\(getpid()).\(UInt32.random(in: 0...UInt32.max)).partial"
        return url.deletingLastPathComponent().appending(path: name).path
    }

    static func remove(_ path: String) { _ = unlink(path) }

    static func failure(_ verb: String, _ path: String) -> BundleError {
        let error = SystemError(errno)
        let isReading = ["open", "examine", "read"].contains(verb)
        return BundleError(.inputOutput, path, "cannot \(verb): \(isReading ? error.description : error.writing)")
    }

    private static func restarting<Number: BinaryInteger>(_ call: () -> Number) -> Number {
        while true {
            let result = call()
            if result >= 0 || errno != EINTR { return result }
        }
    }
}
