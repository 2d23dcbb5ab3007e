import Formats
import Foundation
import Glibc
import Secrets
import Synchronization

/// An append-only file of chained lines (``LineChain``), and how far it has been read.
///
/// Reading and appending cost as much as what is new, however long the file is. Several processes may append when each of them
/// holds the lock from reading what is new until its line is written.
public final class AppendLog: Sendable {
    public enum Access: Hashable, Sendable {
        case reading
        /// Reading too; a file that does not exist is made.
        case appending
        /// Reading too; the file must exist.
        case appendingToExisting
    }

    public let path: String
    private let descriptor: Int32
    private let position = Mutex(Position())

    private struct Position {
        var chain = LineChain()
        var tornBytes = 0
    }

    private static let blockSize = 1 << 18

    /// Opens the file; nothing of it is read yet.
    ///
    /// - Returns: nil when it does not exist and is not to be made.
    public init?(path: String, access: Access) throws(AppendLogError) {
        self.path = path
        let existed = Glibc.access(path, F_OK) == 0
        let flags =
            switch access {
            case .reading: O_RDONLY
            case .appending: O_RDWR | O_CREAT | O_APPEND
            case .appendingToExisting: O_RDWR | O_APPEND
            }
        descriptor = PrivateFile.open(path, flags)
        guard descriptor >= 0 else {
            if errno == ENOENT, access != .appending { return nil }
            throw AppendLogError(access == .reading ? .unreadable : .unwritable, path: path)
        }
        // A new file survives a power cut only when its directory's entry is on the disk too.
        if !existed { DurableFile.flushDirectory(of: path) }
    }

    deinit { if descriptor >= 0 { Glibc.close(descriptor) } }

    /// Whole lines read or written so far.
    public var count: Int { position.withLock { $0.chain.count } }

    /// The length of the file up to the end of its last whole line, in bytes.
    var length: Int { position.withLock { $0.chain.length } }

    /// Bytes after the last whole line when the file was last read.
    public var tornBytes: Int { position.withLock { $0.tornBytes } }

    /// Whether the file no longer has a name: what is written to it is gone with the last process that has it open.
    public var isRemoved: Bool { status.st_nlink == 0 }

    /// Whether the file ends where it was read to.
    public var isCurrent: Bool { Int(status.st_size) == length }

    /// Waits for the lock on the file. Every process that uses the file together with others must hold it while it does.
    ///
    /// - Parameter isShared: for reading; others may read meanwhile.
    public func lock(isShared: Bool = false) throws(AppendLogError) {
        while flock(descriptor, isShared ? LOCK_SH : LOCK_EX) != 0 {
            guard errno == EINTR else { throw AppendLogError(.unreadable, path: path) }
        }
    }

    public func unlock() { _ = flock(descriptor, LOCK_UN) }

    /// Hands over the lines that were added since the last call. A last line that is not whole is left for later.
    ///
    /// - Parameters:
    ///   - longestLine: a longer one is not read, in bytes.
    ///   - take: gets each line as a JSON object; it throws ``LineDamage`` for what is not its kind of object.
    public func readNew(
        longestLine: Int = .max, _ take: (_ body: [UInt8]) throws(LineDamage) -> Void
    ) throws(AppendLogError) {
        try position.withLock { (position) throws(AppendLogError) in
            let end = Int(status.st_size)
            // Lines that were there and are gone: somebody cut the file.
            guard end >= position.chain.length else {
                throw AppendLogError(.damaged(line: position.chain.count), path: path)
            }
            var unread: [UInt8] = []
            var isEnd = false
            while !isEnd {
                let start = position.chain.length + unread.count
                let block = try block(at: start, upTo: end)
                unread += block
                isEnd = block.isEmpty || start + block.count >= end
                do throws(LineDamage) {
                    // Without a newline in it there is nothing to find, and a long line would be searched again with every block.
                    if isEnd || LineChain.newline(in: block[...]) != nil {
                        unread.removeFirst(try position.chain.read(unread[...], isEnd: isEnd, take))
                    }
                    guard unread.count <= longestLine else {
                        let excess = "a line of more than \(longestLine >> 20) MiB"
                        throw LineDamage(line: position.chain.count + 1, excess: excess)
                    }
                } catch {
                    throw AppendLogError(error, path: path)
                }
            }
            position.tornBytes = unread.count
        }
    }

    /// Writes one line. What is there must have been read; a torn last line is cut off.
    ///
    /// - Parameters:
    ///   - body: a JSON object with at least one key, on one line.
    ///   - isDurable: the line is on the disk when this returns.
    /// - Throws: ``AppendLogError``; the file then ends with the last whole line, as far as the file system lets it.
    public func append(_ body: RedactedBytes, isDurable: Bool = true) throws(AppendLogError) {
        try position.withLock { (position) throws(AppendLogError) in
            if position.tornBytes > 0 { try cutOff(after: &position) }
            let (bytes, next) = position.chain.line(body.bytes)
            do throws(AppendLogError) {
                try write(bytes)
                if isDurable { try flush() }
            } catch {
                position.tornBytes = bytes.count
                try? cutOff(after: &position)
                throw error
            }
            position.chain = next
        }
    }

    /// Cuts off what comes after the last whole line.
    public func cutOffTornLine() throws(AppendLogError) {
        try position.withLock { (position) throws(AppendLogError) in try cutOff(after: &position) }
    }

    private func cutOff(after position: inout Position) throws(AppendLogError) {
        guard ftruncate(descriptor, off_t(position.chain.length)) == 0 else {
            throw AppendLogError(.unwritable, path: path)
        }
        position.tornBytes = 0
    }

    /// Waits until everything is on the disk.
    public func flush() throws(AppendLogError) {
        guard fdatasync(descriptor) == 0 else { throw AppendLogError(.unwritable, path: path) }
    }

    private var status: stat {
        var status = stat()
        _ = fstat(descriptor, &status)
        return status
    }

    /// What stands in the file between two places, up to one block.
    private func block(at offset: Int, upTo end: Int) throws(AppendLogError) -> [UInt8] {
        let size = max(0, min(Self.blockSize, end - offset))
        while true {
            var failed = false
            let block = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                let read = pread(descriptor, buffer.baseAddress, size, off_t(offset))
                failed = read < 0
                count = max(0, read)
            }
            if !failed { return block }
            if errno != EINTR { throw AppendLogError(.unreadable, path: path) }
        }
    }

    private func write(_ bytes: [UInt8]) throws(AppendLogError) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw AppendLogError(.unwritable, path: path) }
            written += count
        }
    }
}

/// Why an append-only file could not be used.
public struct AppendLogError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// A whole line does not fit its checksum, its number or its schema; counted from 1.
        case damaged(line: Int)
        /// A line asks more of its reader than it gives; counted from 1.
        case excessive(line: Int)
        case unreadable
        case unwritable
    }

    public let code: Code
    public let path: String
    /// What the system said, and for a file that cannot be written what helps.
    public let reason: String

    /// - Parameter code: for all but damage, `errno` says the reason.
    public init(_ code: Code, path: String) {
        self.code = code
        self.path = path
        reason =
            switch code {
            case .damaged(let line): "line \(line) does not fit its checksum, its number or its schema"
            case .excessive(let line): "line \(line) asks too much of its reader"
            case .unreadable: SystemError(errno).description
            case .unwritable: SystemError(errno).writing
            }
    }

    /// - Parameter damage: of the file's line.
    init(_ damage: LineDamage, path: String) {
        code = damage.excess == nil ? .damaged(line: damage.line) : .excessive(line: damage.line)
        self.path = path
        reason = damage.excess ?? "line \(damage.line) does not fit its checksum, its number or its schema"
    }

    public var description: String {
        switch code {
        case .excessive(let line): "\(path) is not read: line \(line) has \(reason)"
        case .damaged: "\(path) is damaged: \(reason)"
        case .unreadable: "\(path) cannot be read: \(reason)"
        case .unwritable: "\(path) cannot be written: \(reason)"
        }
    }
}
