import Glibc

/// An error number of the system, with what a person can do about it.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    let code: Int32

    public init(_ code: Int32) { self.code = code }

    /// The system's own words: `No space left on device`.
    public var description: String { String(cString: strerror(code)) }

    /// The system's words, and what helps when a file cannot be written or made.
    public var writing: String { description + (adviceForWriting.map { "; \($0)" } ?? "") }

    /// What helps when a file cannot be written or made; nil for what only the system's own words tell.
    public var adviceForWriting: String? {
        switch code {
        case ENOSPC: "free space on that file system, or choose a directory on another one"
        case EDQUOT: "free space under this user's quota, or choose a directory on another file system"
        case EFBIG: "raise the limit on the size of files (`ulimit -f`)"
        case EMFILE: "raise the limit on open files of this process (`ulimit -n`)"
        case ENFILE: "raise the limit on open files of this machine (`fs.file-max`)"
        case ENOMEM, EAGAIN: "give the process more memory (`ulimit -v`, the container's limit)"
        case EACCES, EPERM: "give this user permission to write there, or choose another directory"
        case EROFS: "choose a directory on a file system that can be written to"
        case ENOENT: "the directory is gone; make it again, or choose another one"
        case ENOTDIR: "a part of the path is no directory; choose another one"
        case EISDIR: "a directory has the name of the file; remove it, or choose another directory"
        case ELOOP: "the path leads through too many symbolic links; choose another directory"
        case ENAMETOOLONG: "choose a directory with a shorter path"
        case EIO, ESTALE, ENODEV, ENXIO: "the disk or its connection fails; choose a directory on another one"
        default: nil
        }
    }
}
