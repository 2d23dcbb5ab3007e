import Foundation
import RunModel

/// The smallest set of causes that explains what failed, found from symptoms, paths and what passed. Pure and deterministic.
public struct Inference: Sendable {
    /// What inference may use; all of it but when its parts are measured one by one.
    public struct Evidence: OptionSet, Sendable {
        public let rawValue: Int
        public init(rawValue: Int) { self.rawValue = rawValue }
        public static let exoneration = Evidence(rawValue: 1)
        public static let changes = Evidence(rawValue: 2)
        /// What was asked again to tell causes apart.
        public static let questions = Evidence(rawValue: 4)
        /// How long answers took.
        public static let time = Evidence(rawValue: 8)
        public static let all: Evidence = [.exoneration, .changes, .questions, .time]
    }

    /// One cause, with what it explains.
    public struct Explanation: Sendable {
        /// The causes that fit; one where what was seen decides.
        public var causes: [Cause]
        /// The checks that saw it themselves, the one that says most first.
        public var seen: [CheckID]
        /// The checks that failed because of it.
        public var consequences: [CheckID]
        public var rival: RivalCause?
        /// Whether a check saw the defect itself and no other cause gives that symptom.
        public var isExact: Bool
        /// Whether only the time that answers took tells it from a rival.
        public var isByTime: Bool
        public var since: Date
    }

    public private(set) var explanations: [Explanation] = []
    public private(set) var graph: ComponentGraph
    /// Failed checks that no cause explains, for they have no symptom.
    public private(set) var unexplained: [CheckID] = []

    private var claims: [Claim] = []
    private var moments: [CheckID: Date] = [:]
    private var descriptors: [CheckID: CheckDescriptor] = [:]
    private let exoneration: Exoneration
    private var ruledOut: [CheckID: [RivalCause]] = [:]
    private var timed: [CheckID: [RivalCause]] = [:]

    /// - Parameter rules: what is known about causes.
    public init(of whole: RunRecord, rules: [Rule] = Rule.all, using evidence: Evidence = .all) {
        var record = whole
        if !evidence.contains(.questions) { record.questions = nil }
        let rows = record.observed
        graph = ComponentGraph(of: rows)
        exoneration = Exoneration(of: rows, isOn: evidence.contains(.exoneration))
        let profile = record.fact(.profile).flatMap(DeploymentProfile.init(rawValue:))
        var paces: [CheckID: Double] = [:]
        for row in rows where row.result.subject != .model {
            guard row.result.status == .failed || row.result.status == .timeout else { continue }
            descriptors[row.result.id] = row.descriptor
            moments[row.result.id] = row.result.startedAt
            paces[row.result.id] = row.result.pace
            guard let observation = Observation(row.descriptor, row.result, profile: profile) else {
                unexplained.append(row.result.id)
                continue
            }
            let claim = Claim(observation, row.descriptor, rules)
            if claim.causes.isEmpty { unexplained.append(claim.check) } else { claims.append(claim) }
        }
        if evidence.contains(.time) { weighTime(paces) }
        revealWays()
        let firsts = firstMoments()
        for index in claims.indices { claims[index] = resolved(claims[index], firsts) }
        explain()
        adopt(record)
    }

    /// Whoever is unwell in the very words in which another component answers, goes through that one.
    private mutating func revealWays() {
        for claim in claims {
            if let (user, used) = claim.reveals { graph.reveal(user, used) }
        }
        var speakers: [String: Set<Component>] = [:]
        for claim in claims {
            guard let (component, words) = claim.answered, words.utf8.count >= Self.tellingWords else { continue }
            speakers[words, default: []].insert(component)
        }
        guard !speakers.isEmpty else { return }
        for claim in claims {
            guard let (component, words) = claim.quote else { continue }
            for (said, by) in speakers where words.contains(said) {
                for speaker in by where speaker != component && !graph.reach(of: speaker).contains(component) {
                    graph.reveal(component, speaker)
                }
            }
        }
    }

    /// Shorter answers are alike by chance, in bytes.
    private static let tellingWords = 12

    /// When something was first said of each component.
    private func firstMoments() -> [Component: Date] {
        var firsts: [Component: Date] = [:]
        for claim in claims {
            let moment = moments[claim.check] ?? .distantPast
            let causes = claim.causes.filter { !claim.remote.contains($0) }
            for component in causes.flatMap({ [$0.component] + ($0.about.map { [$0] } ?? []) }) {
                firsts[component] = min(firsts[component] ?? moment, moment)
            }
        }
        return firsts
    }

    /// Whoever is refused can say so at once, and whoever gets no answer says so when its patience ends: of a report without a
    /// reason, the time that it took tells which of the two it was.
    private mutating func weighTime(_ paces: [CheckID: Double]) {
        let groups = Dictionary(grouping: claims.indices.filter { claims[$0].hasNoReason }) { claims[$0].causes }
        for (causes, group) in groups {
            guard let setting = causes.first(where: { $0.about != nil }), let other = setting.about,
                let least = group.compactMap({ paces[claims[$0].check] }).min(),
                let most = group.compactMap({ paces[claims[$0].check] }).max()
            else { continue }
            let usual = exoneration.pace(of: setting.component) ?? .infinity
            let isAtOnce = most < Exoneration.promptPace
            guard isAtOnce || least >= 1.5 * Exoneration.promptPace && usual * 2 < least else { continue }
            let kept =
                isAtOnce
                ? [Cause(other, .stopped), Cause(other, .failing), setting]
                : [Cause(other, .hung)] + causes.filter { $0.mode == .blocked || $0.mode == .failing }
            for index in group {
                let pace = (paces[claims[index].check] ?? 0).formatted(.number.precision(.fractionLength(1)))
                let against = isAtOnce ? "it was reported at once" : "the report came after \(pace) s of waiting"
                timed[claims[index].check] = causes.filter { !kept.contains($0) }.map {
                    RivalCause(cause: $0, against: against)
                }
                claims[index].causes = kept
                claims[index].isVague = kept.count > 2
            }
        }
    }

    /// Strikes out what a pass disproves, and what needs a second cause where a direct look shows the first.
    private mutating func resolved(_ claim: Claim, _ firsts: [Component: Date]) -> Claim {
        if claim.rule != nil { return claim }
        var left: [Cause] = []
        var out: [RivalCause] = []
        for cause in claim.causes {
            let moment = firsts[cause.about ?? cause.component] ?? moments[claim.check] ?? .distantPast
            if let proof = exoneration.proof(against: cause, since: moment, isOfGateway: claim.isOfGateway) {
                out.append(RivalCause(cause: cause, against: "\(proof.check) passed"))
            } else if Self.isBetween(cause), claim.causes.contains(where: { exoneration.isBroken($0.component) }) {
                out.append(RivalCause(cause: cause, against: "what it leads to is out of order itself"))
            } else {
                left.append(cause)
            }
        }
        if left.isEmpty, let first = claim.causes.first {
            left = [claim.fallback ?? Self.byTurns(first, claim.causes)]
            out.removeAll { $0.cause == first }
        }
        ruledOut[claim.check] = out + (timed[claim.check] ?? [])
        var claim = claim
        claim.causes = left
        return claim
    }

    /// What failed and answered by turns. One whose pages wait for others, all of whom answer, is slow itself.
    private static func byTurns(_ first: Cause, _ causes: [Cause]) -> Cause {
        guard [.stopped, .hung].contains(first.mode) else { return first }
        return Cause(first.component, causes.contains { $0.mode == .slow } ? .slow : .unstable)
    }

    /// Whether it lies in what one component has of another, and not in either.
    private static func isBetween(_ cause: Cause) -> Bool {
        cause.mode == .misconfigured && cause.about != nil || cause.mode == .blocked
    }

    /// A cause, and the rule that tells it apart from others of the same component and kind.
    private struct Candidate: Hashable {
        var cause: Cause
        var rule: String?
    }

    /// Takes the candidates in order, each with the claims that it explains and nobody before it did.
    private mutating func explain() {
        let index = ClaimIndex(claims, graph)
        var open = Set(claims.indices)
        for candidate in ordered(index) {
            let direct = (index.direct[candidate] ?? []).filter(open.contains)
            guard !direct.isEmpty else { continue }
            open.subtract(direct)
            let behind = touched(by: candidate, index).filter {
                open.contains($0) && explains(candidate.cause, claims[$0], index)
            }
            open.subtract(behind)
            explanations.append(explanation(candidate.cause, direct.map { claims[$0] }, behind.map { claims[$0] }))
        }
    }

    /// Causes that are no consequence of another come first, then those that more checks saw, then what explains more.
    private func ordered(_ index: ClaimIndex) -> [ClaimIndex.Candidate] {
        let keys = index.direct.map { candidate, direct in
            // A report without a reason fits whatever others tell.
            let isTold = direct.contains { !claims[$0].hasNoReason }
            // A component that was seen to be out of order comes before what others say of it.
            let isSeen =
                exoneration.isBroken(candidate.cause.component) && direct.contains { claims[$0].causes.count == 1 }
            return (
                candidate, isConsequence(candidate, index) ? 1 : 0, isTold ? isSeen ? 0 : 1 : 2, -direct.count,
                candidate.cause.mode.strength
            )
        }
        return keys.sorted {
            ($0.1, $0.2, $0.3, $0.4, $0.0.description) < ($1.1, $1.2, $1.3, $1.4, $1.0.description)
        }.map(\.0)
    }

    private func isConsequence(_ candidate: ClaimIndex.Candidate, _ index: ClaimIndex) -> Bool {
        guard candidate.rule == nil, !(index.direct[candidate] ?? []).contains(where: { claims[$0].isOfRules }) else {
            return false
        }
        let cause = candidate.cause
        let isTold = (index.direct[candidate] ?? []).contains { !claims[$0].hasNoReason }
        // Alternatives of one symptom are rivals, and none follows from another, unless something else shows it as well.
        let own = Set(index.direct[candidate] ?? [])
        let rivals = Set(own.flatMap { claims[$0].causes }).filter { rival in
            own.isSuperset(of: index.direct[ClaimIndex.Candidate(cause: rival)] ?? [])
        }
        return index.reach(of: cause.component).contains { component in
            (index.affecting[component] ?? []).contains { other in
                !rivals.contains(other) && covers(other, cause, index, isTold: isTold)
                    && !covers(cause, other, index, isTold: true)
            }
        }
    }

    /// The claims on components that use what the cause affects, oldest first.
    private func touched(by candidate: ClaimIndex.Candidate, _ index: ClaimIndex) -> [Int] {
        // A defect that shows by its own signs has no others, but for a key, with which whole requests fail.
        guard candidate.rule == nil || candidate.cause.component.kind == .key else { return [] }
        return index.touching(affected(by: candidate.cause).union([candidate.cause.component]))
    }

    /// Whether one cause alone brings the other's symptoms about.
    ///
    /// - Parameter isTold: whether somebody said how the other fails: who is refused was not refused by what lies further back.
    private func covers(_ cause: Cause, _ other: Cause, _ index: ClaimIndex, isTold: Bool) -> Bool {
        if cause.mode.breaksNothing { return false }
        if Self.isBetween(cause), Self.isBetween(other) {
            // One setting or connection hides another only where all that the other leads to needs what the one leads to.
            return lost(to: cause) != lost(to: other)
                && !index.foundation(of: other).isDisjoint(with: lost(to: cause))
        }
        if cause.component == other.component {
            if cause.about != nil, other.about != nil, cause.about != other.about { return false }
            return cause.mode.strength < other.mode.strength && (cause.mode.isTotal || !other.mode.isStanding)
        }
        // What the breaker does follows what it guards.
        let canFollow =
            !other.mode.isStanding || other.about != nil || other.component == .breaker
            || other.mode == .exhausted && cause.mode == .exhausted
        // Whoever does not run was not stopped by what it uses, unless it looks at that before it starts.
        guard canFollow, other.mode != .stopped || cause.mode == .schema,
            cause.mode.takesUsersDown || cause.component == .breaker
        else { return false }
        if cause.mode == .blocked, let edge = graph.flow(cause.component) {
            // Only who makes the connection misses it, with its own parts.
            let isOfUser =
                other.component == edge.from || edge.from == .api && Self.partsOfAPI.contains(other.component)
            return isOfUser && index.foundation(of: other).contains(edge.to)
        }
        let foundation = isTold ? other.about.map { [$0] } ?? index.foundation(of: other) : index.foundation(of: other)
        return affected(by: cause).contains {
            ($0 != other.component || $0 == cause.about) && foundation.contains($0)
        }
    }

    private static let partsOfAPI: Set<Component> = [.breaker, .proxy, .queue]

    private func explains(_ cause: Cause, _ claim: Claim, _ index: ClaimIndex) -> Bool {
        if claim.rule != nil || claim.isOfRules { return false }
        if claim.fallback == cause
            || claim.causes.contains(where: { covers(cause, $0, index, isTold: !claim.hasNoReason) })
        {
            return true
        }
        if claim.hasNoReason, let subject = claim.subject, cause.mode.takesUsersDown, lost(to: cause).contains(subject)
        {
            return true
        }
        if isByWay(claim, of: cause) { return true }
        guard cause.stopsWholeRequests, !claim.isExact else { return false }
        if cause.mode == .blocked, let edge = graph.flow(cause.component), edge.from != .vantage {
            return claim.behind.isSuperset(of: [edge.from, edge.to])
        }
        return !claim.behind.isDisjoint(with: lost(to: cause))
    }

    /// Whether a report without a reason comes of what its reporter uses: the service that it calls unwell answers us, and another
    /// service that the reporter needs is away. One cause that explains all is likelier than two.
    private func isByWay(_ claim: Claim, of cause: Cause) -> Bool {
        guard claim.hasNoReason || claim.isOfBreaker, let subject = claim.subject, let reporter = claim.reporter,
            subject.kind == .service, cause.component.kind == .service, cause.component != subject,
            cause.component != reporter, cause.mode.isTotal
        else { return false }
        return exoneration.isKnownGood(subject) && exoneration.isBroken(cause.component)
            && graph.reach(of: reporter).contains(cause.component)
    }

    /// What no request gets through any more: of a wrong setting or a broken connection what it leads to, not who has it.
    private func lost(to cause: Cause) -> Set<Component> {
        if let about = cause.about { return [about] }
        if cause.mode == .blocked, let edge = graph.flow(cause.component) { return [edge.to] }
        return [cause.component]
    }

    /// The components that whoever goes through them fails at.
    private func affected(by cause: Cause) -> Set<Component> { ClaimIndex.affected(by: cause, graph) }

    private func explanation(_ best: Cause, _ direct: [Claim], _ behind: [Claim]) -> Explanation {
        let seen = direct.sorted { importance($0) < importance($1) }
        let isDecided = direct.contains { $0.causes == [best] }
        // A report without a reason fits every cause, and tells none apart.
        let telling = direct.contains { !$0.isVague } ? direct.filter { !$0.isVague } : direct
        let shared = telling.map { Set($0.causes) }.reduce(Set(telling.first?.causes ?? [])) { $0.intersection($1) }
        let others = isDecided ? [] : shared.subtracting([best]).sorted()
        let rival =
            others.first.map { RivalCause(cause: $0, against: "nothing that was seen") }
            ?? seen.lazy.compactMap { ruledOut[$0.check]?.first }.first
        let checks = (direct + behind).map(\.check)
        return Explanation(
            causes: [best] + others, seen: seen.map(\.check), consequences: behind.map(\.check), rival: rival,
            isExact: direct.contains { $0.isExact },
            isByTime: direct.allSatisfy { timed[$0.check] != nil },
            since: checks.compactMap { moments[$0] }.min() ?? .distantPast)
    }

    /// The exact before the vague, what a check saw itself before what others report, the critical before the others.
    private func importance(_ claim: Claim) -> (Int, Int, Int, Int, String) {
        let descriptor = descriptors[claim.check]
        return (
            claim.isExact ? 0 : 1, claim.fallback == nil ? 0 : 1, claim.causes.count,
            descriptor?.isCritical == true ? 0 : 1, claim.check.rawValue
        )
    }

    /// Checks without a symptom of their own go to the cause that lies on their way.
    private mutating func adopt(_ record: RunRecord) {
        var owner: [CheckID: Int] = [:]
        for (index, explanation) in explanations.enumerated() {
            for check in explanation.seen + explanation.consequences { owner[check] = index }
        }
        for check in unexplained {
            let descriptor = descriptors[check]
            let path = record.results[check]?.path ?? descriptor.map(Path.declared) ?? Path()
            let found =
                descriptor?.dependsOn.lazy.compactMap { owner[$0] }.first
                ?? explanations.firstIndex { explanation in
                    explanation.causes.contains { cause in
                        cause.mode.takesUsersDown && !lost(to: cause).isDisjoint(with: Set(path.components))
                    }
                }
            guard let found else { continue }
            explanations[found].consequences.append(check)
            owner[check] = found
        }
        unexplained.removeAll { owner[$0] != nil }
    }
}

extension FailureMode {
    /// Whether everything still works while it lasts.
    fileprivate var breaksNothing: Bool { self == .exposed || self == .certificateExpiring }

    /// Whether nothing else can be seen of the component while it lasts.
    var isTotal: Bool {
        switch self {
        case .stopped, .hung, .blocked, .refused, .unresolved, .certificateExpired, .certificateWrongName,
            .certificateUntrusted:
            true
        default: false
        }
    }
}

extension Cause {
    /// Whether requests that meet it end there, whatever they are for.
    fileprivate var stopsWholeRequests: Bool {
        mode.isTotal || component.kind == .key || about != nil
            || [.unstable, .exhausted, .garbage, .misrouted].contains(mode)
    }
}
