import Foundation
import Glibc

/// A private directory below `TMPDIR` that processes of one user work in for a while.
///
/// Whoever works in it holds a shared lock of the kernel on the directory itself (flock(2)), which ends with the process, however that
/// ends. One on which nobody holds a lock was left by a process that was killed; the next one that makes a folder removes it.
public final class WorkingFolder: Sendable {
    public let url: URL
    private let descriptor: Int32

    /// Earlier builds held no lock: what they left has another name and is not touched.
    static let prefix = "plumbline-folder-"

    private init(url: URL, descriptor: Int32) {
        self.url = url
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Makes a new one, after those that killed processes left are gone.
    public static func make(
        below directory: URL = FileManager.default.temporaryDirectory
    ) throws(DurableFile.WriteError) -> WorkingFolder {
        removeAbandoned(below: directory)
        var path = ""
        for _ in 0..<8 {
            path = directory.appending(path: prefix + UUID().uuidString.lowercased()).path
            try PrivateFile.makeDirectory(path)
            // Another process may have removed it between these two lines.
            if let folder = join(path) { return folder }
        }
        errno = EBUSY
        throw DurableFile.WriteError(path: path)
    }

    /// Joins the process that works in a folder; nil when the folder is gone.
    public static func join(_ path: String) -> WorkingFolder? {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        // A file system without locks refuses the exclusive one too, so nobody removes anything there.
        let isBeingRemoved = flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
        var (opened, named) = (stat(), stat())
        guard !isBeingRemoved, fstat(descriptor, &opened) == 0, lstat(path, &named) == 0,
            opened.st_ino == named.st_ino, opened.st_dev == named.st_dev
        else {
            close(descriptor)
            return nil
        }
        return WorkingFolder(url: URL(fileURLWithPath: path, isDirectory: true), descriptor: descriptor)
    }

    /// Removes the folders of this user in which nobody works any more.
    static func removeAbandoned(below directory: URL) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        for name in names where name.hasPrefix(prefix) {
            let path = directory.appending(path: name).path
            let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            var status = stat()
            guard fstat(descriptor, &status) == 0, status.st_uid == geteuid(), flock(descriptor, LOCK_EX | LOCK_NB) == 0
            else { continue }
            try? FileManager.default.removeItem(atPath: path)
        }
    }

    /// Removes it with all that it holds.
    public func remove() { try? FileManager.default.removeItem(at: url) }
}
