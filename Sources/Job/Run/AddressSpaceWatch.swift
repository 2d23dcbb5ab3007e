import Foundation
import Glibc
import Processes
import Synchronization

/// Stops a run in good order before its address space is used up.
///
/// An allocation that fails ends the process on the spot, and a thread that cannot be made leaves whoever waits for it waiting:
/// there is no way to go on from either in Swift. So where the space is limited (`ulimit -v`), the run is stopped by a safety
/// condition while there is still room to undo and to write the bundle. When even that is gone, the process ends itself rather than
/// hang: the guardian undoes, and the same command resumes.
final class AddressSpaceWatch: Sendable {
    /// What undoing and the bundle of a stopped run need, in bytes.
    private static let reserve = 64 << 20
    /// What one more thread needs, with its stack, in bytes.
    private static let lastReserve = 12 << 20
    private static let period: UInt32 = 50_000

    private let isOver = Mutex(false)

    /// Begins to watch. The limit is looked at again each time: it can be set from outside (prlimit(2)).
    ///
    /// - Parameter stop: called once, with a sentence for people, when too little is left.
    init(stop: @escaping @Sendable (String) -> Void) {
        let thread = Thread { [self] in
            var isStopping = false
            while !isOver.withLock({ $0 }) {
                if let limit = Allocations.addressSpace {
                    let left = limit - Self.used
                    if left < Self.lastReserve { abort() }
                    if left < Self.reserve, !isStopping {
                        isStopping = true
                        stop(
                            "only \(left >> 20) MB are left of the address space of \(limit >> 20) MB; raise the limit (ulimit -v)"
                        )
                    }
                }
                usleep(Self.period)
            }
        }
        thread.name = "address-space"
        thread.stackSize = 256 << 10
        thread.start()
    }

    func end() { isOver.withLock { $0 = true } }

    /// The address space in use, in bytes (proc(5), `statm`).
    private static var used: Int {
        let descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return 0 }
        defer { close(descriptor) }
        var digits = [UInt8](repeating: 0, count: 64)
        let count = read(descriptor, &digits, digits.count)
        let pages = digits.prefix(max(0, count)).prefix { $0 != UInt8(ascii: " ") }
        return (Int(String(decoding: pages, as: UTF8.self)) ?? 0) * sysconf(Int32(_SC_PAGESIZE))
    }
}
