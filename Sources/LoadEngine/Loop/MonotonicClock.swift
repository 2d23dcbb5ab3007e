import Glibc

/// The clocks of the event loops, in nanoseconds: cheap enough to be read several times for each request.
enum MonotonicClock {
    @inline(__always)
    static func now() -> Int64 { read(CLOCK_MONOTONIC) }

    /// Goes on while the machine sleeps, which the monotonic clock does not.
    static func boot() -> Int64 { read(CLOCK_BOOTTIME) }
    static func wall() -> Int64 { read(CLOCK_REALTIME) }
    /// Processor time of the calling thread.
    static func thread() -> Int64 { read(CLOCK_THREAD_CPUTIME_ID) }

    @inline(__always)
    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
