import CCurl
import Foundation
import Synchronization

/// One thread that runs one libcurl multi handle.
///
/// The cooperative pool must not block, and one loop carries thousands of transfers, so all requests of a client share it.
/// The thread starts with the first request and ends when the client goes away.
final class TransferLoop: Sendable {
    private struct Inbox {
        var arrived: [Transfer] = []
        var cancelled: [Transfer] = []
        var isRunning = false
        var isStopping = false
    }

    private let inbox = Mutex(Inbox())
    private let multi: MultiHandle
    private let configuration: HTTPClientConfiguration

    init(_ configuration: HTTPClientConfiguration) {
        self.configuration = configuration
        multi = MultiHandle()
    }

    func submit(_ transfer: Transfer) {
        let mustStart = inbox.withLock { inbox in
            inbox.arrived.append(transfer)
            defer { inbox.isRunning = true }
            return !inbox.isRunning
        }
        if mustStart {
            let thread = Thread { [self] in run() }
            thread.name = "plumbline-http"
            thread.start()
        } else {
            multi.wake()
        }
    }

    func cancel(_ transfer: Transfer) {
        transfer.isCancelled.store(true, ordering: .releasing)
        inbox.withLock { $0.cancelled.append(transfer) }
        multi.wake()
    }

    func stop() {
        inbox.withLock { $0.isStopping = true }
        multi.wake()
    }

    private func run() {
        var active = ActiveTransfers(multi: multi, configuration: configuration)
        while true {
            let news = inbox.withLock { inbox in
                defer {
                    inbox.arrived.removeAll()
                    inbox.cancelled.removeAll()
                }
                return inbox
            }
            if news.isStopping { break }
            news.arrived.forEach { active.start($0) }
            news.cancelled.forEach { active.abort($0) }
            active.advance()
            // Long: arrivals, cancellations and the end wake the poll, and libcurl knows its own deadlines.
            multi.wait(milliseconds: 60_000)
        }
        active.close()
    }
}

/// Owns the multi handle for as long as anyone may wake it.
package final class MultiHandle: @unchecked Sendable {
    // Only `curl_multi_wakeup` is called from other threads; libcurl allows exactly that.
    package let pointer: UnsafeMutableRawPointer?

    private static let isStarted: Bool = curl_start() == CURLE_OK

    package init() {
        pointer = MultiHandle.isStarted ? curl_multi_init() : nil
    }

    deinit {
        if let pointer { curl_multi_cleanup(pointer) }
    }

    package func wake() {
        if let pointer { curl_multi_wakeup(pointer) }
    }

    func wait(milliseconds: Int32) {
        if let pointer { curl_multi_poll(pointer, nil, 0, milliseconds, nil) }
    }
}
