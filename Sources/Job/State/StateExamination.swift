import Formats
import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// Whether everything in a state directory can only have been written by this user.
///
/// What stands there decides what is undone, what is believed without being run again, and which files are appended to. So
/// nothing of it may belong to somebody else, be writable by others, or lead elsewhere.
struct StateExamination {
    /// The directory may be a link itself: the caller named it.
    let root: String
    var user = geteuid()

    /// Deeper than any state directory of ours.
    private static let deepest = 16

    /// Looks at every file and directory, and takes the right to read from others.
    ///
    /// - Throws: ``StateError/notPrivate(path:expected:got:advice:)`` for the first that is not as it must be; a directory that
    ///   does not exist is no error.
    func run() throws(StateError) {
        var status = stat()
        guard stat(root, &status) == 0, Self.isDirectory(status) else { return }
        try examine(root, status, depth: 0)
    }

    private func examine(_ path: String, _ status: stat, depth: Int) throws(StateError) {
        try judge(path, status)
        guard Self.isDirectory(status) else { return }
        guard depth < Self.deepest else {
            throw .notPrivate(
                path: path, expected: "at most \(Self.deepest) directories inside one another", got: "more",
                advice: "use an empty directory as --state")
        }
        for name in try names(in: path) {
            let item = path + "/" + name
            var status = stat()
            guard lstat(item, &status) == 0 else {
                // Another process of ours may have removed it meanwhile.
                if errno == ENOENT { continue }
                throw .unusable(path: item, reason: SystemError(errno).description)
            }
            try examine(item, status, depth: depth + 1)
        }
    }

    private func judge(_ path: String, _ status: stat) throws(StateError) {
        let kind = status.st_mode & S_IFMT
        guard kind == S_IFDIR || kind == S_IFREG else {
            throw .notPrivate(
                path: path, expected: "a file or a directory", got: Self.name(ofKind: kind),
                advice: "find out who put it there, remove it and try again")
        }
        guard status.st_uid == user else {
            throw .notPrivate(
                path: path, expected: "the owner to be user \(user), who runs this", got: "user \(status.st_uid)",
                advice:
                    "run as that user, or give a directory of your own with --state (one inside it that does not exist "
                    + "yet will do); change the owner only when you know who wrote it")
        }
        let mode = String(status.st_mode & 0o777, radix: 8)
        guard status.st_mode & 0o022 == 0 else {
            throw .notPrivate(
                path: path, expected: "a mode that lets nobody else write", got: "mode \(mode)",
                advice: "somebody else may have written to it: when you know that nobody did, "
                    + "`chmod -R go-w \(root)` and try again, else give another directory with --state (one inside it that does "
                    + "not exist yet will do)")
        }
        // What an earlier build made by the umask; a failure costs nothing that was safe before.
        if status.st_mode & 0o077 != 0 { chmod(path, status.st_mode & 0o700) }
    }

    private func names(in path: String) throws(StateError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            if access(path, F_OK) != 0, errno == ENOENT { return [] }
            throw .unusable(path: path, reason: "it cannot be read: \(error.localizedDescription)")
        }
    }

    private static func isDirectory(_ status: stat) -> Bool { status.st_mode & S_IFMT == S_IFDIR }

    private static func name(ofKind kind: mode_t) -> String {
        switch kind {
        case S_IFLNK: "a symbolic link"
        case S_IFIFO: "a pipe"
        case S_IFSOCK: "a socket"
        default: "a device"
        }
    }
}
