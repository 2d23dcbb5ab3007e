import Foundation
import Glibc

/// Files and directories that only their owner may read or change, whatever the umask of the process says.
///
/// What a run keeps and what it leaves hold answers of the target and the undo of what was changed: neither is for other users of the
/// machine.
public enum PrivateFile {
    static let fileMode: mode_t = 0o600
    static let directoryMode: mode_t = 0o700

    /// Opens a file, never through a link in its place, and not for child processes.
    ///
    /// - Parameter flags: of open(2); with `O_CREAT` a file that is made is made for its owner alone.
    /// - Returns: the descriptor; a negative number after a failure, and `errno` says why.
    public static func open(_ path: String, _ flags: Int32) -> Int32 {
        let descriptor = Glibc.open(path, flags | O_CLOEXEC | O_NOFOLLOW, fileMode)
        guard descriptor >= 0, flags & O_CREAT != 0 else { return descriptor }
        var status = stat()
        // The umask may have taken away more than others' rights, and an older file may have been made with them.
        if fstat(descriptor, &status) == 0, status.st_mode & 0o777 != fileMode, status.st_uid == geteuid() {
            fchmod(descriptor, fileMode)
        }
        return descriptor
    }

    /// Makes a directory, and those above it that are missing, for the owner alone. One that is there stays as it is.
    public static func makeDirectory(_ path: String) throws(DurableFile.WriteError) {
        if mkdir(path, directoryMode) == 0 { return try restrict(path) }
        if errno == ENOENT {
            let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
            guard parent != path else { throw DurableFile.WriteError(path: path) }
            try makeDirectory(parent)
            if mkdir(path, directoryMode) == 0 { return try restrict(path) }
        }
        let reason = errno
        var status = stat()
        let isThere = stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
        errno = reason
        guard reason == EEXIST, isThere else { throw DurableFile.WriteError(path: path) }
    }

    private static func restrict(_ path: String) throws(DurableFile.WriteError) {
        guard chmod(path, directoryMode) == 0 else { throw DurableFile.WriteError(path: path) }
    }
}
