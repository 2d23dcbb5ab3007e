import Foundation
import Glibc

/// Files that somebody else names or writes: reports of suites, references and authorities of the configuration, credentials.
///
/// Only regular files are opened, and at once: a pipe would let us wait for its writer, a device never end. What is larger
/// than its reader has room for is refused before it is read.
public enum OutsideFile {
    /// Reads the whole of a file.
    ///
    /// - Parameter limit: the most it may hold, in bytes.
    public static func bytes(of path: String, limit: Int) throws(OutsideFileError) -> Data {
        let handle = try open(path, limit: limit)
        defer { try? handle.close() }
        var data = Data()
        do {
            // One byte more shows a file that has grown since, or whose size the system does not know, such as one of /proc.
            while data.count <= limit, let piece = try handle.read(upToCount: min(limit + 1 - data.count, 1 << 20)),
                !piece.isEmpty
            { data += piece }
        } catch {
            throw OutsideFileError(path: path, problem: .system(EIO))
        }
        guard data.count <= limit else { throw OutsideFileError(path: path, problem: .tooLarge(limit: limit)) }
        return data
    }

    /// Reads the end of a file, however long it is.
    ///
    /// - Parameter limit: the most that is read, in bytes.
    public static func end(of path: String, limit: Int) throws(OutsideFileError) -> Data {
        let handle = try open(path, limit: .max)
        defer { try? handle.close() }
        do {
            let size = try handle.seekToEnd()
            try handle.seek(toOffset: size > UInt64(limit) ? size - UInt64(limit) : 0)
            return try handle.read(upToCount: limit) ?? Data()
        } catch {
            throw OutsideFileError(path: path, problem: .system(EIO))
        }
    }

    /// Makes sure that a file can be read, for a library that opens it by its name.
    public static func examine(_ path: String, limit: Int) throws(OutsideFileError) {
        // The handle closes the file when it goes.
        _ = try open(path, limit: limit)
    }

    /// Opens a file for reading in pieces.
    public static func open(_ path: String, limit: Int) throws(OutsideFileError) -> FileHandle {
        var descriptor: Int32
        repeat {
            descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        } while descriptor < 0
            && errno == EINTR
        // What opening a socket comes to.
        if descriptor < 0, errno == ENXIO { throw OutsideFileError(path: path, problem: .kind("a socket")) }
        guard descriptor >= 0 else { throw OutsideFileError(path: path, problem: .system(errno)) }
        var status = stat()
        let problem: OutsideFileError.Problem? =
            if fstat(descriptor, &status) != 0 {
                .system(errno)
            } else if let kind = kind(ofMode: status.st_mode) {
                .kind(kind)
            } else if status.st_size > limit {
                .tooLarge(limit: limit)
            } else {
                nil
            }
        if let problem {
            close(descriptor)
            throw OutsideFileError(path: path, problem: problem)
        }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    /// What a file is that is not a regular one.
    private static func kind(ofMode mode: mode_t) -> String? {
        switch mode & S_IFMT {
        case S_IFREG: nil
        case S_IFDIR: "a directory"
        case S_IFIFO: "a pipe"
        case S_IFSOCK: "a socket"
        default: "a device"
        }
    }
}

/// Why a file was not read.
public struct OutsideFileError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Problem: Hashable, Sendable {
        /// The system's reason, an `errno`.
        case system(Int32)
        /// It is no regular file, but this.
        case kind(String)
        /// It holds more than this many bytes.
        case tooLarge(limit: Int)
    }

    var path: String
    public var problem: Problem

    public init(path: String, problem: Problem) {
        self.path = path
        self.problem = problem
    }

    /// Whether there is no such file.
    public var isMissing: Bool { problem == .system(ENOENT) || problem == .system(ENOTDIR) }

    /// The reason without the path: `is a pipe, not a regular file`.
    public var reason: String {
        switch problem {
        case .system(let code): "cannot be read: " + SystemError(code).description
        case .kind(let kind): "is \(kind), not a regular file"
        case .tooLarge(let limit):
            "is larger than " + (limit < 1 << 20 ? "\(limit) bytes" : "\(limit >> 20) MiB")
        }
    }

    public var description: String { "\(path) \(reason)" }
}
