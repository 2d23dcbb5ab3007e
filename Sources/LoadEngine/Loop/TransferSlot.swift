import CCurl
import HTTPClient

/// One reusable libcurl handle with what is known of its request. Lives at a fixed address, which libcurl's callbacks get.
struct TransferSlot {
    typealias Pointer = UnsafeMutablePointer<TransferSlot>

    static let captureBytes = 64 << 10

    let handle: UnsafeMutableRawPointer
    /// Index of its request in the plan.
    let kind: Int
    let maximumBodyBytes: Int
    /// Where an answer is kept for its check, nil when no check reads it.
    let capture: UnsafeMutablePointer<UInt8>?
    let errorText: UnsafeMutablePointer<CChar>
    /// Owned by the slot: the request's own header fields.
    var headers: UnsafeMutablePointer<curl_slist>?
    var connectTo: UnsafeMutablePointer<curl_slist>?

    var worker = 0
    /// Moments of the monotonic clock in nanoseconds.
    var planned: Int64 = 0
    var sent: Int64 = 0
    /// 0 until the body has begun.
    var lastByte: Int64 = 0
    var bodyBytes = 0
    /// Neighbours in the list of requests in flight, in order of sending.
    var earlier: Pointer?
    var later: Pointer?

    /// How much of the answer the capture holds.
    var captured: Int { min(bodyBytes, TransferSlot.captureBytes) }

    static func make(_ handle: UnsafeMutableRawPointer, kind: Int, plan: LoadPlan) -> Pointer {
        let slot = Pointer.allocate(capacity: 1)
        let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        let reads = plan.requests[kind].expectation.json != nil
        slot.initialize(
            to: TransferSlot(
                handle: handle, kind: kind, maximumBodyBytes: plan.limits.maximumBodyBytes,
                capture: reads ? .allocate(capacity: captureBytes) : nil, errorText: errorText))
        return slot
    }

    static func free(_ slot: Pointer) {
        curl_easy_cleanup(slot.pointee.handle)
        curl_slist_free_all(slot.pointee.headers)
        curl_slist_free_all(slot.pointee.connectTo)
        slot.pointee.capture?.deallocate()
        slot.pointee.errorText.deallocate()
        slot.deinitialize(count: 1)
        slot.deallocate()
    }

    /// Counts the body, keeps its beginning if a check reads it, and notes the time.
    static let bodyCallback: curl_transfer_callback = { bytes, size, count, context in
        guard let slot = context?.assumingMemoryBound(to: TransferSlot.self) else { return 0 }
        let length = size * count
        let before = slot.pointee.bodyBytes
        if let capture = slot.pointee.capture, let bytes, before < captureBytes {
            let room = min(length, captureBytes - before)
            UnsafeMutableRawPointer(capture + before).copyMemory(from: bytes, byteCount: room)
        }
        slot.pointee.bodyBytes = before + length
        slot.pointee.lastByte = MonotonicClock.now()
        return slot.pointee.bodyBytes <= slot.pointee.maximumBodyBytes ? length : 0
    }
}
