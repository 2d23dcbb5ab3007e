/// What happened to a breaker, step by step, and what was seen after each step.
public struct BreakerTrace: Hashable, Sendable, Codable {
    public struct Step: Hashable, Sendable, Codable {
        public var event: BreakerEvent
        /// The breaker after the event; nil for an event that was not followed by a look.
        public var after: BreakerObservation?

        public init(_ event: BreakerEvent, after: BreakerObservation?) {
            self.event = event
            self.after = after
        }
    }

    public var steps: [Step] = []

    public init(steps: [Step] = []) { self.steps = steps }

    /// The index of the first step in which the two parted ways; nil when they agree as far as both go.
    public func firstDivergence(from other: BreakerTrace) -> Int? {
        for (index, (mine, theirs)) in zip(steps, other.steps).enumerated() {
            if let left = mine.after, let right = theirs.after, !left.agrees(with: right) { return index }
        }
        return steps.count == other.steps.count ? nil : min(steps.count, other.steps.count)
    }

    /// The two traces side by side as text, the first step in which they part marked with an arrow.
    public func comparison(with model: BreakerTrace, title: String = "live", modelTitle: String = "reference") -> String
    {
        let divergence = firstDivergence(from: model)
        var lines = [row("", "event", title, modelTitle)]
        for index in 0..<max(steps.count, model.steps.count) {
            let live = index < steps.count ? steps[index] : nil
            let reference = index < model.steps.count ? model.steps[index] : nil
            let event = live?.event ?? reference?.event
            lines.append(
                row(
                    index == divergence ? "-->" : "", event?.description ?? "", text(live), text(reference)))
        }
        lines.append(divergence.map { "first divergence: step \($0 + 1)" } ?? "no divergence")
        return lines.joined(separator: "\n") + "\n"
    }

    private func text(_ step: Step?) -> String {
        guard let step else { return "(no such step)" }
        return step.after?.description ?? "-"
    }

    private func row(_ mark: String, _ event: String, _ left: String, _ right: String) -> String {
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
        return "\(padded(mark, 4))\(padded(event, 22))\(padded(left, 40))\(right)"
    }
}
