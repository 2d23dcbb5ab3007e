import Glibc

/// The last words of a process that cannot go on: an allocation that failed, a trap, a stack that is used up.
enum FatalSignals {
    /// Says it once on stderr, and lets the process end as it would have.
    static func explain() {
        // A stack that is used up has no room for a handler.
        let size = 64 << 10
        var stack = stack_t()
        stack.ss_sp = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        stack.ss_size = size
        sigaltstack(&stack, nil)
        for number in [SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP] {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = lastWords
            action.sa_flags = SA_ONSTACK | Int32(bitPattern: UInt32(SA_RESETHAND))
            sigaction(number, &action, nil)
        }
    }

    /// Only what is allowed in a handler: no allocation, no lock.
    private static let lastWords: @convention(c) (Int32) -> Void = { number in
        let text: StaticString = """

            plumbline: the process cannot go on: no memory is left (ulimit -v, the container's limit), or this is a defect. \
            The guardian undoes what is open; the same command resumes the run.

            """
        _ = write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
        raise(number)
    }
}
