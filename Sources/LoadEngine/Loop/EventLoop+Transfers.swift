import HTTPClient

extension EventLoop {
    /// After an error that cost the target nothing, a worker waits this long, so that a dead port is not hammered.
    private var unreachablePause: Int64 { 10_000_000 }

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
        guard let slot = slot(kind) else { return fail(kind, worker: due.worker, .localResources) }
        slot.pointee.begin(worker: due.worker, planned: control.startedAt + due.planned, sent: now)
        guard transport.start(slot, number: number) else {
            idle[kind].append(slot)
            return fail(kind, worker: due.worker, .localResources)
        }
        link(slot)
        if feed.isOpen { figures.lateStart.record(nanoseconds: now - slot.pointee.planned) }
        figures.started += 1
        startedInSecond += 1
        lastStartAt = now
    }

    private mutating func slot(_ kind: Int) -> Slot? {
        if let slot = idle[kind].popLast() { return slot }
        guard let slot = transport.makeSlot(kind) else { return nil }
        slots.append(slot)
        return slot
    }

    /// A request that could not even be begun.
    private mutating func fail(_ kind: Int, worker: Int, _ code: HTTPError.Code) {
        figures.started += 1
        startedInSecond += 1
        recorders[kind].record(.init(), status: nil, failure: code.rawValue, bodyBytes: 0)
        feed.finished(worker, now - control.startedAt, pause: unreachablePause)
    }

    /// Lets the transport read and write, records what has ended, and lets workers go on at once: a server is not kept
    /// waiting for the rest of a round.
    mutating func advance() {
        transport.beginRound()
        now = MonotonicClock.now()
        while let slot = transport.nextEnded() {
            now = max(now, slot.pointee.lastByte)
            record(slot, transport.outcome(of: slot))
            release(slot)
            startWhatIsDue()
        }
    }

    private mutating func release(_ slot: Slot) {
        transport.release(slot)
        unlink(slot)
        idle[slot.pointee.kind].append(slot)
        feed.finished(slot.pointee.worker, now - control.startedAt, pause: lastFailurePause)
        lastFailurePause = 0
    }

    private mutating func record(_ slot: Slot, _ outcome: TransferOutcome) {
        figures.connectionsOpened += outcome.connectionsOpened
        if let code = outcome.failure { return recordFailure(slot, code) }
        let kind = slot.pointee.kind
        let end = slot.pointee.lastByte == 0 ? now : slot.pointee.lastByte
        var times = RequestRecorder.Times()
        let response = max(0, end - slot.pointee.planned)
        times.response = response
        times.service = min(response, outcome.service)
        times.firstByte = outcome.firstByte
        times.connect = outcome.connect
        times.tls = outcome.tls
        times.isResumed = outcome.isResumed
        let failure = ResponseCheck.failure(plan.requests[kind].expectation, status: outcome.status, slot)
        recorders[kind].record(times, status: outcome.status, failure: failure, bodyBytes: slot.pointee.bodyBytes)
    }

    private mutating func recordFailure(_ slot: Slot, _ code: HTTPError.Code) {
        var times = RequestRecorder.Times()
        if code.isTimeout {
            // The answer would have taken at least this long; leaving it out would flatter the percentiles.
            times.response = max(0, now - slot.pointee.planned)
            times.service = max(0, now - slot.pointee.sent)
        }
        let costNothing = code.isUnreachable && !code.isTimeout || code == .localResources
        if costNothing { lastFailurePause = unreachablePause }
        recorders[slot.pointee.kind].record(
            times, status: nil, failure: code.rawValue, bodyBytes: slot.pointee.bodyBytes)
    }

    /// Ends what has passed its deadline. All deadlines are equal, so the oldest request is the first to pass it.
    mutating func expire() {
        while let slot = oldest, slot.pointee.sent + deadline <= now {
            recordFailure(slot, .timedOut(transport.progress(of: slot)))
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

    private mutating func link(_ slot: Slot) {
        countTimeInFlight()
        slot.pointee.earlier = newest
        slot.pointee.later = nil
        newest?.pointee.later = slot
        newest = slot
        if oldest == nil { oldest = slot }
        inFlight += 1
    }

    private mutating func unlink(_ slot: Slot) {
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
    static func failure<Exchange>(
        _ expectation: ResponseExpectation, status: Int, _ slot: TransferSlot<Exchange>.Pointer
    ) -> String? {
        guard expectation.statuses.contains(status) else { return "HTTP_\(status)" }
        if let bytes = expectation.bodyBytes, !bytes.contains(slot.pointee.bodyBytes) { return "check:size" }
        if let json = expectation.json {
            let body = UnsafeBufferPointer(start: slot.pointee.capture, count: slot.pointee.captured)
            guard JSONFieldScanner.matches(json, in: body) else { return "check:" + json.path.joined(separator: ".") }
        }
        return nil
    }
}
