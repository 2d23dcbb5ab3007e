import CEvents
import Glibc

/// The kernel's news about an event loop's sockets, with a timer and a bell that end a wait.
struct EventQueue {
    static let capacity: Int32 = 256

    let bell = Bell()
    private let descriptor = event_queue_create()
    private let timer = monotonic_timer_create()
    private let list = event_list_create(EventQueue.capacity)
    private var count: Int32 = 0
    private var position: Int32 = 0
    /// When the timer will fire; 0 when it is not set.
    private var timerSetTo: Int64 = 0

    init() {
        event_queue_add_waker(descriptor, timer)
        event_queue_add_waker(descriptor, bell.descriptor)
    }

    /// False when the kernel has no room for it.
    func add(_ socket: Int32, _ flags: UInt32, _ context: UnsafeMutableRawPointer) -> Bool {
        event_queue_add(descriptor, socket, flags, context) == 0
    }

    func change(_ socket: Int32, _ flags: UInt32, _ context: UnsafeMutableRawPointer) {
        event_queue_change(descriptor, socket, flags, context)
    }

    /// Sleeps until a moment of the monotonic clock at the latest.
    ///
    /// The timer is set anew only when it would fire too late: waking early is harmless, and a system call is not free.
    mutating func wait(until moment: Int64, now: Int64) {
        guard let list else { return }
        if timerSetTo <= now || moment < timerSetTo {
            monotonic_timer_set(timer, moment)
            timerSetTo = moment
        }
        position = 0
        count = max(0, epoll_wait(descriptor, list, Self.capacity, 1000))
    }

    /// The next socket that has news, and what they are.
    mutating func next() -> (context: UnsafeMutableRawPointer, flags: UInt32)? {
        guard let list else { return nil }
        while position < count {
            defer { position += 1 }
            if let context = event_context(list, position) { return (context, event_flags(list, position)) }
        }
        return nil
    }

    func close() {
        free(list)
        Glibc.close(timer)
        Glibc.close(descriptor)
    }
}

/// Ends a wait from another thread. Lives for as long as anyone may ring it.
final class Bell: Sendable {
    let descriptor = bell_create()

    func ring() { bell_ring(descriptor) }

    deinit { Glibc.close(descriptor) }
}
