import CCurl
import HTTPClient

extension EventLoop {
    /// After an error that cost the target nothing, a worker waits this long, so that a dead port is not hammered.
    private static let unreachablePause: Int64 = 10_000_000

    mutating func startWhatIsDue() {
        while isAccepting {
            guard inFlight < maximumInFlight else {
                return feed.dropOverdue(now - control.startedAt, deadline: deadline)
            }
            now = MonotonicClock.now()
            switch feed.next(now - control.startedAt) {
            case .nothingYet: return
            case .finished: isAccepting = false
            case .start(let due):
                guard let number = control.takeNumber() else {
                    control.stop(.budget("\(plan.limits.maximumRequests) requests"))
                    isAccepting = false
                    return
                }
                start(due, number: number)
            }
        }
    }

    private mutating func start(_ due: RequestFeed.Due, number: Int) {
        let kind = turns[number % turns.count]
        guard let slot = slot(kind), let pointer = multi.pointer else {
            return fail(kind, worker: due.worker, .localResources)
        }
        setup.renew(slot, number: number)
        slot.pointee.worker = due.worker
        slot.pointee.planned = control.startedAt + due.planned
        slot.pointee.sent = now
        slot.pointee.lastByte = 0
        slot.pointee.bodyBytes = 0
        guard curl_multi_add_handle(pointer, slot.pointee.handle) == CURLM_OK else {
            idle[kind].append(slot)
            return fail(kind, worker: due.worker, .localResources)
        }
        link(slot)
        if feed.isOpen { figures.lateStart.record(nanoseconds: now - slot.pointee.planned) }
        figures.started += 1
        startedInSecond += 1
        lastStartAt = now
        addedSinceLastRound = true
    }

    private mutating func slot(_ kind: Int) -> TransferSlot.Pointer? {
        if let slot = idle[kind].popLast() { return slot }
        guard let slot = setup.makeSlot(kind) else { return nil }
        slots.append(slot)
        return slot
    }

    /// A request that could not even be handed to libcurl.
    private mutating func fail(_ kind: Int, worker: Int, _ code: HTTPError.Code) {
        figures.started += 1
        startedInSecond += 1
        recorders[kind].record(.init(), status: nil, failure: code.rawValue, bodyBytes: 0)
        feed.finished(worker, now - control.startedAt, pause: Self.unreachablePause)
    }

    /// Lets libcurl read and write, and records what has ended.
    mutating func advance() {
        guard let pointer = multi.pointer else { return }
        var running: Int32 = 0
        addedSinceLastRound = false
        curl_multi_perform(pointer, &running)
        now = MonotonicClock.now()
        var waiting: Int32 = 0
        while let message = curl_multi_info_read(pointer, &waiting) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle else { continue }
            let result = curl_message_result(message)
            var context: UnsafeMutableRawPointer?
            _ = curl_get_pointer(handle, CURLINFO_PRIVATE, &context)
            guard let slot = context?.assumingMemoryBound(to: TransferSlot.self) else { continue }
            record(slot, result)
            release(slot)
        }
    }

    private mutating func release(_ slot: TransferSlot.Pointer) {
        if let pointer = multi.pointer { curl_multi_remove_handle(pointer, slot.pointee.handle) }
        unlink(slot)
        idle[slot.pointee.kind].append(slot)
        feed.finished(slot.pointee.worker, now - control.startedAt, pause: lastFailurePause)
        lastFailurePause = 0
    }

    private mutating func record(_ slot: TransferSlot.Pointer, _ result: CURLcode) {
        let handle = slot.pointee.handle
        let kind = slot.pointee.kind
        guard result == CURLE_OK else { return recordFailure(slot, result) }
        var status = 0
        _ = curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        let end = slot.pointee.lastByte == 0 ? now : slot.pointee.lastByte
        var times = RequestRecorder.Times()
        let response = max(0, end - slot.pointee.planned)
        times.response = response
        times.service = min(response, moment(handle, CURLINFO_TOTAL_TIME_T))
        times.firstByte = max(
            0, moment(handle, CURLINFO_STARTTRANSFER_TIME_T) - moment(handle, CURLINFO_PRETRANSFER_TIME_T))
        readConnection(handle, &times)
        let failure = ResponseCheck.failure(plan.requests[kind].expectation, status: status, slot)
        recorders[kind].record(times, status: status, failure: failure, bodyBytes: slot.pointee.bodyBytes)
    }

    private mutating func readConnection(_ handle: UnsafeMutableRawPointer, _ times: inout RequestRecorder.Times) {
        var connections = 0
        _ = curl_get_long(handle, CURLINFO_NUM_CONNECTS, &connections)
        guard connections > 0 else { return }
        figures.connectionsOpened += connections
        let connected = moment(handle, CURLINFO_CONNECT_TIME_T)
        let secured = moment(handle, CURLINFO_APPCONNECT_TIME_T)
        times.connect = max(0, connected - moment(handle, CURLINFO_NAMELOOKUP_TIME_T))
        if secured > 0 { times.tls = max(0, secured - connected) }
    }

    private mutating func recordFailure(_ slot: TransferSlot.Pointer, _ result: CURLcode) {
        let handle = slot.pointee.handle
        let code: HTTPError.Code
        if result == CURLE_WRITE_ERROR && slot.pointee.bodyBytes > slot.pointee.maximumBodyBytes {
            code = .bodyTooLarge
        } else {
            var systemError = 0
            var verification = 0
            _ = curl_get_long(handle, CURLINFO_OS_ERRNO, &systemError)
            _ = curl_get_long(handle, CURLINFO_SSL_VERIFYRESULT, &verification)
            code = HTTPError.Code(
                curl: result, systemError: systemError, verification: verification,
                progress: ConnectionProgress(handle), message: String(cString: slot.pointee.errorText))
        }
        recordFailure(slot, code)
    }

    private mutating func recordFailure(_ slot: TransferSlot.Pointer, _ code: HTTPError.Code) {
        var times = RequestRecorder.Times()
        if code.isTimeout {
            // The answer would have taken at least this long; leaving it out would flatter the percentiles.
            times.response = max(0, now - slot.pointee.planned)
            times.service = max(0, now - slot.pointee.sent)
        }
        if code.isUnreachable && !code.isTimeout { lastFailurePause = Self.unreachablePause }
        recorders[slot.pointee.kind].record(
            times, status: nil, failure: code.rawValue, bodyBytes: slot.pointee.bodyBytes)
    }

    /// Ends what has passed its deadline. All deadlines are equal, so the oldest request is the first to pass it.
    mutating func expire() {
        while let slot = oldest, slot.pointee.sent + deadline <= now {
            let code = HTTPError.Code(
                curl: CURLE_OPERATION_TIMEDOUT, systemError: 0, verification: 0,
                progress: ConnectionProgress(slot.pointee.handle), message: "")
            recordFailure(slot, code)
            release(slot)
        }
    }

    /// Takes back what is in flight without counting it.
    mutating func abandon() {
        while let slot = oldest {
            lastFailurePause = 0
            release(slot)
        }
    }

    private func moment(_ handle: UnsafeMutableRawPointer, _ info: CURLINFO) -> Int64 {
        var microseconds: curl_off_t = 0
        _ = curl_get_offset(handle, info, &microseconds)
        return Int64(microseconds) * 1000
    }

    private mutating func link(_ slot: TransferSlot.Pointer) {
        countTimeInFlight()
        slot.pointee.earlier = newest
        slot.pointee.later = nil
        newest?.pointee.later = slot
        newest = slot
        if oldest == nil { oldest = slot }
        inFlight += 1
    }

    private mutating func unlink(_ slot: TransferSlot.Pointer) {
        countTimeInFlight()
        if let earlier = slot.pointee.earlier {
            earlier.pointee.later = slot.pointee.later
        } else {
            oldest = slot.pointee.later
        }
        if let later = slot.pointee.later {
            later.pointee.earlier = slot.pointee.earlier
        } else {
            newest = slot.pointee.earlier
        }
        slot.pointee.earlier = nil
        slot.pointee.later = nil
        inFlight -= 1
    }
}

/// Compares an answer with what was expected of it.
enum ResponseCheck {
    /// The name of the failure, nil when the answer is as expected.
    static func failure(_ expectation: ResponseExpectation, status: Int, _ slot: TransferSlot.Pointer) -> String? {
        guard expectation.statuses.contains(status) else { return "HTTP_\(status)" }
        if let bytes = expectation.bodyBytes, !bytes.contains(slot.pointee.bodyBytes) { return "check:size" }
        if let json = expectation.json {
            let body = UnsafeBufferPointer(start: slot.pointee.capture, count: slot.pointee.captured)
            guard JSONFieldScanner.matches(json, in: body) else { return "check:" + json.path.joined(separator: ".") }
        }
        return nil
    }
}
