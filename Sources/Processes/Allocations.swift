import CSpawn

/// How the C library keeps the memory that it hands out.
public enum Allocations {
    /// From here on no thread gets an arena of its own, for which 64 MB of address space are set aside each.
    public static func shareOneArena() { mallopt(M_ARENA_MAX, 1) }
}
