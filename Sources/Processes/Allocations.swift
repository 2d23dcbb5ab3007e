import CSpawn
import Glibc

/// How the C library keeps the memory that it hands out.
public enum Allocations {
    /// The limit on the address space of this process, in bytes; nil when there is none (getrlimit(2), `RLIMIT_AS`).
    public static var addressSpace: Int? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur != rlim_t.max else {
            return nil
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// Where the address space is limited, no thread gets an arena of its own from here on: for each of them 64 MB are set aside.
    /// To be called before there are other threads, whose arenas would stay.
    public static func fitAddressSpace() {
        if addressSpace != nil { mallopt(M_ARENA_MAX, 1) }
    }
}
