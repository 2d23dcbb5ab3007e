import Formats
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
        /// How long one request took, in seconds.
        var pace: Double
        /// Whether all requests of the check went to one component, so that the time is that one's.
        var isOfOne: Bool
    }

    /// Requests along an edge that were answered, by the check, oldest first.
    private var answered: [Pair: [Proof]] = [:]
    /// Connections along an edge that were accepted: it shows that somebody listens, and no more.
    private var accepted: [Pair: [Proof]] = [:]
    /// What somebody found out of order when looking at it directly.
    private let broken: Set<Component>
    /// Who answered anything to anybody, whatever became of the check.
    private var alive: Set<Component> = []
    /// Edges along which a connection was refused.
    private var refused: Set<Pair> = []
    /// Edges that did not hold for some check.
    private var failed: Set<Pair> = []
    private var flows: [Component: Pair] = [:]
    /// Answers of a component itself that were no success: who refuses or fails a request runs and answers.
    private var spoke: [Component: [Proof]] = [:]
    /// What ran a component, by what ECS says of its tasks: it is not stopped then, and nothing more is known.
    private var ran: [Component: [Proof]] = [:]
    /// The edges to a component from others than the run.
    private var users: [Component: [Pair]] = [:]

    /// - Parameter isOn: whether passes prove anything; without it only what failed is kept.
    init(of rows: [Row], isOn: Bool) {
        var broken: Set<Component> = []
        // What was seen while Plumbline itself broke something says nothing of how the system is.
        for row in rows where !row.isUnderFault {
            let path = row.result.path ?? Path()
            let edges = path.edges
            if row.descriptor.category != .discovery, row.hasFailed || row.result.status == .passed {
                alive.formUnion(edges.lazy.filter { $0.passed > 0 && $0.relation == .calls }.map(\.to))
            }
            if row.hasFailed {
                // A look through the balancer is one at the service behind it.
                let looks = edges.filter { $0.from == .vantage || $0.from.kind == .loadBalancer }
                broken.formUnion(looks.filter { $0.failed > 0 }.map(\.to))
                if case .noConnection(let problem)? = row.result.outcome.symptom, problem.manner == .refused {
                    refused.insert(Pair(from: .vantage, to: problem.component))
                }
                failed.formUnion(edges.filter { $0.failed > 0 }.map { Pair(from: $0.from, to: $0.to) })
            }
            guard isOn, row.result.subject == .live else { continue }
            let doors = Set(edges.lazy.filter { $0.from == .vantage && $0.isObserved }.map(\.to))
            let proof = Proof(
                check: row.id, at: row.result.startedAt, pace: row.result.pace, isOfOne: doors.count == 1)
            if let speaker = Self.speaker(of: row, edges) { spoke[speaker, default: []].append(proof) }
            if let speaker = Self.refuser(of: row, edges) {
                answered[Pair(from: .vantage, to: speaker), default: []].append(proof)
            }
            guard row.result.status == .passed else { continue }
            for edge in edges where edge.passed > 0 && !path.isDoubtful(edge) {
                let pair = Pair(from: edge.from, to: edge.to)
                if edge.relation == .runsOn {
                    ran[edge.from, default: []].append(proof)
                } else if row.descriptor.category == .discovery {
                    accepted[pair, default: []].append(proof)
                } else {
                    answered[pair, default: []].append(proof)
                }
            }
        }
        self.broken = broken
        answered = answered.mapValues(Self.ordered)
        accepted = accepted.mapValues(Self.ordered)
        ran = ran.mapValues(Self.ordered)
        spoke = spoke.mapValues(Self.ordered)
        for pair in answered.keys where pair.from != .vantage { users[pair.to, default: []].append(pair) }
        for pair in Set(answered.keys).union(accepted.keys) { flows[.flow(pair.from, pair.to)] = pair }
    }

    /// The pass that rules a cause out; nil where none does.
    ///
    /// - Parameters:
    ///   - moment: when the cause was first seen: what passed before says nothing of it.
    ///   - isOfGateway: whether the failure is somebody's answer in the component's place, who accepts connections for it as well.
    func proof(against cause: Cause, since moment: Date, isOfGateway: Bool = false) -> Proof? {
        switch cause.mode {
        case .stopped:
            direct(cause.component, since: moment)
                ?? (isOfGateway ? nil : acceptance(Pair(from: .vantage, to: cause.component), since: moment))
                ?? throughOthers(cause.component, since: moment) ?? first(spoke[cause.component], since: moment)
                ?? first(ran[cause.component], since: moment)
        case .hung:
            direct(cause.component, since: moment) ?? throughOthers(cause.component, since: moment)
                ?? first(spoke[cause.component], since: moment)
        case .failing, .refused, .garbage:
            direct(cause.component, since: moment) ?? throughOthers(cause.component, since: moment)
        case .slow:
            // Slow on the way from its users, whatever it is from here.
            (users[cause.component] ?? [])
                .compactMap { first(answered[$0]?.filter { $0.pace < Self.promptPace }, since: moment) }
                .min { ($0.at, $0.check) < ($1.at, $1.check) }
        case .misconfigured:
            cause.about.flatMap { other in
                let pair = Pair(from: cause.component, to: other)
                // No setting comes right by itself.
                return isRemembered(pair) ? nil : first(answered[pair], since: moment)
            }
        case .blocked:
            flows[cause.component].flatMap {
                (isRemembered($0) ? nil : first(answered[$0], since: moment)) ?? acceptance($0, since: moment)
            }
        default: nil
        }
    }

    /// Who refused or failed a request of the run itself, in words of its own.
    private static func speaker(of row: Row, _ edges: [Path.Edge]) -> Component? {
        guard row.hasFailed, case .error(let error)? = row.result.outcome.symptom,
            edges.contains(where: { $0.from == .vantage && $0.to == error.component })
        else { return nil }
        switch error.reason {
        case .authentication, .permission, .notFound, .exhausted, .notReady: return error.component
        case .refused, .unresolved, .timedOut, .connectionLost, .certificate, .other: return nil
        }
    }

    /// Who answered a look at itself in its own name, that it does not know what was asked for: it works.
    private static func refuser(of row: Row, _ edges: [Path.Edge]) -> Component? {
        guard row.descriptor.category == .probes, case .answer(let answer)? = row.result.outcome.symptom,
            [400, 404, 405, 422].contains(answer.status), answer.responder.component == answer.component,
            edges.contains(where: { $0.from == .vantage && $0.to == answer.component })
        else { return nil }
        return answer.component
    }

    /// A pass of a component itself from before somebody else called it out of order, where nothing shows that it ever was: neither a
    /// look of the run at it failed, nor did the other one use it before. It decides until it is asked again.
    func earlier(than moment: Date, _ component: Component, reporter: Component) -> Proof? {
        guard !broken.contains(component),
            !(answered[Pair(from: reporter, to: component)] ?? []).contains(where: { $0.at < moment })
        else { return nil }
        return answered[Pair(from: .vantage, to: component)]?.last { $0.at < moment }
    }

    /// Whether what a cause speaks of answered since, and never in the time that clients wait.
    func isLate(_ cause: Cause, since moment: Date) -> Bool {
        let pair = flows[cause.component] ?? Pair(from: .vantage, to: cause.component)
        let paces = (answered[pair] ?? []).filter { $0.at >= moment && $0.isOfOne }.map(\.pace)
        return !paces.isEmpty && paces.allSatisfy { $0 >= Self.latePace }
    }

    /// A look at a component itself that waited for its answer in a stretch of time, where others were answered at once.
    func waited(at component: Component, from begin: Date, to end: Date) -> Proof? {
        let looks = (answered[Pair(from: .vantage, to: component)] ?? []).filter(\.isOfOne)
        guard looks.contains(where: { $0.pace < Self.promptPace }) else { return nil }
        return looks.first { $0.at >= begin && $0.at <= end && $0.pace >= Self.latePace }
    }

    /// A request that took as long waited for something, in seconds.
    static let latePace = 2.0

    /// A request that took less waited for nobody, in seconds: the time-outs of clients are of seconds.
    static let promptPace = 1.0

    /// The middle of how long a component took for requests that passed, in seconds; nil where none did.
    func pace(of component: Component) -> Double? {
        let paces = (answered[Pair(from: .vantage, to: component)] ?? []).map(\.pace).sorted()
        return paces.isEmpty ? nil : paces[paces.count / 2]
    }

    /// Whether requests along an edge were answered for some checks and not for others.
    func alternates(from user: Component, to used: Component) -> Bool {
        let pair = Pair(from: user, to: used)
        return failed.contains(pair) && answered[pair] != nil && !isRemembered(pair)
    }

    /// Whether passes along an edge may be of what its user remembers, as the API does verdicts of keys (contract §4.3): then those
    /// next to failures say nothing.
    private func isRemembered(_ pair: Pair) -> Bool { pair.to == .auth && failed.contains(pair) }

    /// Whether it answered anything in the whole run.
    func showsLife(_ component: Component) -> Bool { alive.contains(component) }

    func isKnownGood(_ component: Component) -> Bool {
        answered[Pair(from: .vantage, to: component)] != nil
    }

    /// Whether a look at it failed, whatever others saw.
    func wasBroken(_ component: Component) -> Bool { broken.contains(component) }

    func isBroken(_ component: Component) -> Bool { broken.contains(component) && !isKnownGood(component) }

    private func direct(_ component: Component, since moment: Date) -> Proof? {
        first(answered[Pair(from: .vantage, to: component)], since: moment)
    }

    /// A connection that was accepted. One from before the first failure counts too where nothing was answered before it either, and
    /// no connection was refused later: then the failure did not begin in between.
    private func acceptance(_ pair: Pair, since moment: Date) -> Proof? {
        let wasWell = (answered[pair] ?? []).contains { $0.at < moment }
        return first(accepted[pair], since: wasWell || refused.contains(pair) ? moment : .distantPast)
    }

    /// Others may still live on what they remember of it, so that it counts only where no direct look failed, and of a user whom it
    /// never failed.
    private func throughOthers(_ component: Component, since moment: Date) -> Proof? {
        if isBroken(component) { return nil }
        return (users[component] ?? []).filter { !failed.contains($0) }
            .compactMap { first(answered[$0], since: moment) }.min { ($0.at, $0.check) < ($1.at, $1.check) }
    }

    private static func ordered(_ proofs: [Proof]) -> [Proof] {
        proofs.sorted { ($0.at, $0.check) < ($1.at, $1.check) }
    }

    private func first(_ proofs: [Proof]?, since moment: Date) -> Proof? {
        guard let proofs else { return nil }
        var (low, high) = (0, proofs.count)
        while low < high {
            let middle = (low + high) / 2
            if proofs[middle].at < moment { low = middle + 1 } else { high = middle }
        }
        return low < proofs.count ? proofs[low] : nil
    }
}

extension CheckResult {
    /// How long one of its requests took, in seconds, where it made several the mean of them.
    var pace: Double {
        let requests = (path ?? Path()).edges.filter { $0.from == .vantage }.reduce(0) { $0 + $1.passed + $1.failed }
        return duration.seconds / Double(max(1, requests))
    }
}

extension Responder {
    /// Who answers in this name; nil where nobody in particular does.
    fileprivate var component: Component? {
        switch self {
        case .api: .api
        case .mlflow: .mlflow
        case .auth: .auth
        case .balancer: .balancer
        case .proxy, .unknown: nil
        }
    }
}
