import NIOCore

/// What travels through the stages of one direction.
enum Segment {
    case data(ByteBuffer)
    case end
}

/// What a stage may do to the connection it sits in. All calls happen on the connection's event loop.
struct StageOutlet {
    let eventLoop: any EventLoop
    /// Hands a segment to the next stage, or to the other side after the last one.
    let forward: (Segment) -> Void
    /// Says that bytes were thrown away, so that they no longer count as waiting.
    let dropped: (Int) -> Void
    /// Ends the connection in both directions; `reset` sends RST instead of FIN.
    let close: (_ reset: Bool) -> Void
}

/// One toxic at work in one direction of one connection; used on the connection's event loop only.
protocol ToxicStage: AnyObject {
    func receive(_ segment: Segment)
    /// Takes the settings of an updated toxic of the same type.
    func update(_ effect: Toxic.Effect)
    /// Lets go of everything held back, because the toxic is gone.
    func remove()
}

/// Holds segments back until they are due, never changing their order.
final class DelayLine {
    private let outlet: StageOutlet
    private var waiting = CircularBuffer<(due: NIODeadline, segment: Segment)>()
    private var timer: Scheduled<Void>?

    init(_ outlet: StageOutlet) {
        self.outlet = outlet
    }

    /// When the last segment in line leaves; now when nothing waits.
    var lastDue: NIODeadline { max(waiting.last?.due ?? .now(), .now()) }

    func append(_ segment: Segment, due: NIODeadline) {
        waiting.append((max(due, lastDue), segment))
        arm()
    }

    func flush() {
        timer?.cancel()
        timer = nil
        while let next = waiting.popFirst() { outlet.forward(next.segment) }
    }

    private func arm() {
        guard timer == nil, let first = waiting.first else { return }
        // Confined to the event loop that also runs the callback.
        let line = NIOLoopBound(self, eventLoop: outlet.eventLoop)
        timer = outlet.eventLoop.scheduleTask(deadline: first.due) { line.value.deliver() }
    }

    private func deliver() {
        timer = nil
        let now = NIODeadline.now()
        while let first = waiting.first, first.due <= now {
            waiting.removeFirst()
            outlet.forward(first.segment)
        }
        arm()
    }
}
