import CCurl
import CEvents
import Glibc
import HTTPClient

/// The transport for everything that libcurl speaks. Planning below libcurl's millisecond is done by a timer descriptor
/// that wakes `curl_multi_poll`.
struct LibcurlTransport: Transport {
    typealias Slot = TransferSlot<CurlExchange>.Pointer

    private let multi = MultiHandle()
    private let setup: RequestSetup
    private let timer = monotonic_timer_create()
    private var timerSetTo: Int64 = 0
    private var startedSinceLastRound = false

    init(_ plan: LoadPlan, maximumInFlight: Int) {
        setup = RequestSetup(plan)
        if let pointer = multi.pointer {
            curl_multi_set_long(pointer, CURLMOPT_MAXCONNECTS, max(10, maximumInFlight))
        }
    }

    var wake: @Sendable () -> Void {
        let multi = multi
        return { multi.wake() }
    }

    /// libcurl acts on what was added only when it is called again.
    var isBusy: Bool { startedSinceLastRound }

    func makeSlot(_ kind: Int) -> Slot? { setup.makeSlot(kind) }

    func free(_ slot: Slot) { RequestSetup.free(slot) }

    mutating func start(_ slot: Slot, number: Int) -> Bool {
        setup.renew(slot, number: number)
        guard let pointer = multi.pointer, curl_multi_add_handle(pointer, slot.pointee.exchange.handle) == CURLM_OK
        else { return false }
        startedSinceLastRound = true
        return true
    }

    mutating func beginRound() {
        guard let pointer = multi.pointer else { return }
        var running: Int32 = 0
        startedSinceLastRound = false
        curl_multi_perform(pointer, &running)
    }

    mutating func nextEnded() -> Slot? {
        guard let pointer = multi.pointer else { return nil }
        var waiting: Int32 = 0
        while let message = curl_multi_info_read(pointer, &waiting) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle else { continue }
            var context: UnsafeMutableRawPointer?
            _ = curl_get_pointer(handle, CURLINFO_PRIVATE, &context)
            guard let slot = context?.assumingMemoryBound(to: TransferSlot<CurlExchange>.self) else { continue }
            slot.pointee.exchange.result = curl_message_result(message)
            return slot
        }
        return nil
    }

    mutating func release(_ slot: Slot) {
        if let pointer = multi.pointer { curl_multi_remove_handle(pointer, slot.pointee.exchange.handle) }
    }

    mutating func wait(until moment: Int64) {
        guard let pointer = multi.pointer else { return }
        if moment != timerSetTo {
            monotonic_timer_set(timer, moment)
            timerSetTo = moment
        }
        var descriptor = curl_waitfd(fd: timer, events: Int16(CURL_WAIT_POLLIN), revents: 0)
        curl_multi_poll(pointer, &descriptor, 1, 1000, nil)
        if descriptor.revents != 0 {
            monotonic_timer_drain(timer)
            timerSetTo = 0
        }
    }

    mutating func close() { Glibc.close(timer) }
}

extension LibcurlTransport {
    func progress(of slot: Slot) -> ConnectionProgress { ConnectionProgress(slot.pointee.exchange.handle) }

    func outcome(of slot: Slot) -> TransferOutcome {
        let handle = slot.pointee.exchange.handle
        var outcome = TransferOutcome()
        guard slot.pointee.exchange.result == CURLE_OK else {
            outcome.failure = failure(of: slot)
            return outcome
        }
        _ = curl_get_long(handle, CURLINFO_RESPONSE_CODE, &outcome.status)
        outcome.service = moment(handle, CURLINFO_TOTAL_TIME_T)
        outcome.firstByte = max(
            0, moment(handle, CURLINFO_STARTTRANSFER_TIME_T) - moment(handle, CURLINFO_PRETRANSFER_TIME_T))
        _ = curl_get_long(handle, CURLINFO_NUM_CONNECTS, &outcome.connectionsOpened)
        if outcome.connectionsOpened > 0 {
            let connected = moment(handle, CURLINFO_CONNECT_TIME_T)
            let secured = moment(handle, CURLINFO_APPCONNECT_TIME_T)
            outcome.connect = max(0, connected - moment(handle, CURLINFO_NAMELOOKUP_TIME_T))
            if secured > 0 { outcome.tls = max(0, secured - connected) }
        }
        return outcome
    }

    private func failure(of slot: Slot) -> HTTPError.Code {
        let exchange = slot.pointee.exchange
        if exchange.result == CURLE_WRITE_ERROR && slot.pointee.bodyBytes > slot.pointee.maximumBodyBytes {
            return .bodyTooLarge
        }
        var systemError = 0
        var verification = 0
        _ = curl_get_long(exchange.handle, CURLINFO_OS_ERRNO, &systemError)
        _ = curl_get_long(exchange.handle, CURLINFO_SSL_VERIFYRESULT, &verification)
        return HTTPError.Code(
            curl: exchange.result, systemError: systemError, verification: verification,
            progress: ConnectionProgress(exchange.handle), message: String(cString: exchange.errorText))
    }

    private func moment(_ handle: UnsafeMutableRawPointer, _ info: CURLINFO) -> Int64 {
        var microseconds: curl_off_t = 0
        _ = curl_get_offset(handle, info, &microseconds)
        return Int64(microseconds) * 1000
    }
}
