import CSpawn
import Glibc

/// Keeps the memory of this process, in which secrets stand in clear, out of files and away from other processes.
public enum MemorySecrecy {
    /// Switches core dumps and reading by debuggers off. A crash leaves its message and nothing else.
    public static func enforce() {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        _ = plumbline_forbid_dumps()
    }
}
