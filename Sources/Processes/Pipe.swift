import Glibc

/// The two ends of a pipe that no child inherits.
///
/// `pipe2` is not visible to Swift, so the flag is set just after; ``ProcessLaunch`` closes all other descriptors anyway.
struct Pipe: Sendable {
    let reader: Int32
    let writer: Int32

    /// Nil when the process has no descriptors left; `errno` says more.
    init?() {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        reader = ends[0]
        writer = ends[1]
    }

    func closeBoth() {
        close(reader)
        close(writer)
    }
}
