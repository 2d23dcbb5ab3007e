import Foundation
import RunModel

/// What passed checks prove of components and of the connections between them.
struct Exoneration {
    private struct Pair: Hashable {
        var from: Component
        var to: Component
    }

    /// A pass, and the check that saw it.
    struct Proof {
        var check: CheckID
        var at: Date
    }

    /// Requests along an edge that were answered, by the check, oldest first.
    private var answered: [Pair: [Proof]] = [:]
    /// Connections along an edge that were accepted: it shows that somebody listens, and no more.
    private var accepted: [Pair: [Proof]] = [:]
    private let broken: Set<Component>
    private var flows: [Component: Pair] = [:]

    /// - Parameter claims: what failed, by which components are known to be out of order when looked at directly.
    init(of record: RunRecord, isOn: Bool) {
        var broken: Set<Component> = []
        for row in record.rows {
            let edges = (row.result.path ?? Path()).edges
            if row.result.status == .failed || row.result.status == .timeout {
                broken.formUnion(edges.filter { $0.from == .vantage && $0.failed > 0 }.map(\.to))
            }
            guard isOn, row.result.status == .passed, row.result.subject == .live else { continue }
            let proof = Proof(check: row.result.id, at: row.result.startedAt)
            for edge in edges where edge.passed > 0 {
                let pair = Pair(from: edge.from, to: edge.to)
                if row.descriptor.category == .discovery {
                    accepted[pair, default: []].append(proof)
                } else {
                    answered[pair, default: []].append(proof)
                }
            }
        }
        self.broken = broken
        for pair in answered.keys { flows[.flow(pair.from, pair.to)] = pair }
    }

    /// The pass that rules a cause out; nil where none does.
    ///
    /// - Parameter moment: when the cause was first seen: what passed before says nothing of it.
    func proof(against cause: Cause, since moment: Date) -> Proof? {
        switch cause.mode {
        case .stopped:
            direct(cause.component, since: moment, orAccepted: true) ?? throughOthers(cause.component, since: moment)
        case .hung, .failing, .refused, .garbage:
            direct(cause.component, since: moment, orAccepted: false) ?? throughOthers(cause.component, since: moment)
        case .misconfigured:
            cause.about.flatMap { first(answered[Pair(from: cause.component, to: $0)], since: moment) }
        case .blocked:
            flows[cause.component].flatMap { first(answered[$0], since: moment) }
        default: nil
        }
    }

    /// Whether the run looked at the component itself, without another between.
    func wasObserved(_ component: Component) -> Bool {
        isKnownGood(component) || broken.contains(component)
    }

    func isKnownGood(_ component: Component) -> Bool {
        answered[Pair(from: .vantage, to: component)] != nil
    }

    func isBroken(_ component: Component) -> Bool { broken.contains(component) && !isKnownGood(component) }

    private func direct(_ component: Component, since moment: Date, orAccepted: Bool) -> Proof? {
        let pair = Pair(from: .vantage, to: component)
        return first(answered[pair], since: moment) ?? (orAccepted ? first(accepted[pair], since: moment) : nil)
    }

    /// Others may still live on what they remember of it, so that it counts only where no direct look failed.
    private func throughOthers(_ component: Component, since moment: Date) -> Proof? {
        if isBroken(component) { return nil }
        return answered.filter { $0.key.to == component && $0.key.from != .vantage }
            .compactMap { first($0.value, since: moment) }.min { ($0.at, $0.check) < ($1.at, $1.check) }
    }

    private func first(_ proofs: [Proof]?, since moment: Date) -> Proof? {
        proofs?.filter { $0.at >= moment }.min { ($0.at, $0.check) < ($1.at, $1.check) }
    }
}
