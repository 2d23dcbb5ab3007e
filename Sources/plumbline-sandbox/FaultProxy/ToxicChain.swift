import NIOCore

/// The stages of one direction of one connection, in the order in which the toxics were added.
/// Used on the connection's event loop only.
final class ToxicChain {
    private struct Link {
        let toxic: Toxic
        /// Nil when the toxicity spared this connection.
        let stage: (any ToxicStage)?
    }

    private let stream: Toxic.Stream
    private let eventLoop: any EventLoop
    private let sink: (Segment) -> Void
    private let dropped: (Int) -> Void
    private let close: (Bool) -> Void
    private var links: [Link] = []

    init(
        _ stream: Toxic.Stream, on eventLoop: any EventLoop, sink: @escaping (Segment) -> Void,
        dropped: @escaping (Int) -> Void, close: @escaping (Bool) -> Void
    ) {
        self.stream = stream
        self.eventLoop = eventLoop
        self.sink = sink
        self.dropped = dropped
        self.close = close
    }

    func receive(_ segment: Segment) {
        forward(segment, from: 0)
    }

    /// Makes the chain what `toxics` says; stages whose toxic did not change keep what they hold.
    func apply(_ toxics: [Toxic]) {
        let wanted = toxics.filter { $0.stream == stream }
        for link in links where !wanted.contains(where: { $0.name == link.toxic.name }) {
            link.stage?.remove()
            links.removeAll { $0.toxic.name == link.toxic.name }
        }
        for toxic in wanted {
            if let index = links.firstIndex(where: { $0.toxic.name == toxic.name }) {
                guard links[index].toxic.revision != toxic.revision else { continue }
                replace(at: index, with: toxic)
            } else {
                links.append(link(for: toxic))
            }
        }
    }

    /// An updated toxic keeps its stage, unless its share of the connections changed: then the dice roll again.
    private func replace(at index: Int, with toxic: Toxic) {
        let old = links[index]
        if let stage = old.stage, old.toxic.toxicity == toxic.toxicity, old.toxic.effect.type == toxic.effect.type {
            stage.update(toxic.effect)
            links[index] = Link(toxic: toxic, stage: stage)
            return
        }
        old.stage?.remove()
        links[index] = link(for: toxic)
    }

    private func link(for toxic: Toxic) -> Link {
        guard Double.random(in: 0..<1) < toxic.toxicity else { return Link(toxic: toxic, stage: nil) }
        let outlet = StageOutlet(
            eventLoop: eventLoop,
            forward: { [weak self] segment in self?.forward(segment, after: toxic.name) },
            dropped: dropped, close: close)
        return Link(toxic: toxic, stage: toxic.effect.stage(outlet))
    }

    private func forward(_ segment: Segment, after name: String) {
        guard let index = links.firstIndex(where: { $0.toxic.name == name }) else { return sink(segment) }
        forward(segment, from: index + 1)
    }

    private func forward(_ segment: Segment, from index: Int) {
        guard let next = links[index...].first(where: { $0.stage != nil }) else { return sink(segment) }
        next.stage?.receive(segment)
    }
}
