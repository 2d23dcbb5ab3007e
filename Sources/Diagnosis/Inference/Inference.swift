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
        public static let all: Evidence = [.exoneration, .changes]
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
        public var since: Date
    }

    public private(set) var explanations: [Explanation] = []
    public let graph: ComponentGraph
    /// Failed checks that no cause explains, for they have no symptom.
    public private(set) var unexplained: [CheckID] = []

    private var claims: [Claim] = []
    private var moments: [CheckID: Date] = [:]
    private var descriptors: [CheckID: CheckDescriptor] = [:]
    private let exoneration: Exoneration
    private var ruledOut: [CheckID: [RivalCause]] = [:]

    /// - Parameter rules: what is known about causes.
    public init(of record: RunRecord, rules: [Rule] = Rule.all, using evidence: Evidence = .all) {
        graph = ComponentGraph(of: record)
        exoneration = Exoneration(of: record, isOn: evidence.contains(.exoneration))
        let profile = record.fact(.profile).flatMap(DeploymentProfile.init(rawValue:))
        for row in record.rows where row.result.subject != .model {
            guard row.result.status == .failed || row.result.status == .timeout else { continue }
            descriptors[row.result.id] = row.descriptor
            moments[row.result.id] = row.result.startedAt
            guard let observation = Observation(row.descriptor, row.result, profile: profile) else {
                unexplained.append(row.result.id)
                continue
            }
            let claim = Claim(observation, row.descriptor, rules)
            if claim.causes.isEmpty { unexplained.append(claim.check) } else { claims.append(claim) }
        }
        let firsts = firstMoments()
        for index in claims.indices { claims[index] = resolved(claims[index], firsts) }
        explain()
        adopt(record)
    }

    /// When something was first said of each component.
    private func firstMoments() -> [Component: Date] {
        var firsts: [Component: Date] = [:]
        for claim in claims {
            let moment = moments[claim.check] ?? .distantPast
            for component in claim.causes.flatMap({ [$0.component] + ($0.about.map { [$0] } ?? []) }) {
                firsts[component] = min(firsts[component] ?? moment, moment)
            }
        }
        return firsts
    }

    /// Strikes out what a pass disproves, and what needs a second cause where a direct look shows the first.
    private mutating func resolved(_ claim: Claim, _ firsts: [Component: Date]) -> Claim {
        if claim.rule != nil { return claim }
        var left: [Cause] = []
        var out: [RivalCause] = []
        for cause in claim.causes {
            if let proof = exoneration.proof(
                against: cause, since: firsts[cause.about ?? cause.component] ?? .distantPast)
            {
                out.append(RivalCause(cause: cause, against: "\(proof.check) passed"))
            } else if Self.isBetween(cause), claim.causes.contains(where: { exoneration.isBroken($0.component) }) {
                out.append(RivalCause(cause: cause, against: "what it leads to is out of order itself"))
            } else {
                left.append(cause)
            }
        }
        if left.isEmpty, let first = claim.causes.first {
            // Failed and answered by turns.
            let isState = [FailureMode.stopped, .hung].contains(first.mode)
            left = [claim.fallback ?? (isState ? Cause(first.component, .unstable) : first)]
            out.removeAll { $0.cause == first }
        }
        ruledOut[claim.check] = out
        var claim = claim
        claim.causes = left
        return claim
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

    private static func candidates(of claim: Claim) -> [Candidate] {
        claim.causes.map { Candidate(cause: $0, rule: claim.rule) }
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
            (candidate, isConsequence(candidate, index) ? 1 : 0, -direct.count, candidate.cause.mode.strength)
        }
        return keys.sorted {
            ($0.1, $0.2, $0.3, $0.0.description) < ($1.1, $1.2, $1.3, $1.0.description)
        }.map(\.0)
    }

    private func isConsequence(_ candidate: ClaimIndex.Candidate, _ index: ClaimIndex) -> Bool {
        guard candidate.rule == nil else { return false }
        let cause = candidate.cause
        // Alternatives of one symptom are rivals, and none follows from another.
        let rivals = Set((index.direct[candidate] ?? []).flatMap { claims[$0].causes })
        return index.reach(of: cause.component).contains { component in
            (index.affecting[component] ?? []).contains { other in
                !rivals.contains(other) && covers(other, cause, index) && !covers(cause, other, index)
            }
        }
    }

    /// The claims on components that use what the cause affects, oldest first.
    private func touched(by candidate: ClaimIndex.Candidate, _ index: ClaimIndex) -> [Int] {
        // A defect that shows by its own signs has no others, but for a key, with which whole requests fail.
        guard candidate.rule == nil || candidate.cause.component.kind == .key else { return [] }
        let components = affected(by: candidate.cause).union([candidate.cause.component])
        return Set(components.flatMap { index.touching[$0] ?? [] }).sorted()
    }

    /// Whether one cause alone brings the other's symptoms about.
    private func covers(_ cause: Cause, _ other: Cause, _ index: ClaimIndex) -> Bool {
        if Self.isBetween(cause) && Self.isBetween(other) || cause.mode.breaksNothing { return false }
        if cause.component == other.component {
            return cause.mode.strength < other.mode.strength && (cause.mode.isTotal || !other.mode.isStanding)
        }
        // What the breaker does follows what it guards.
        let canFollow =
            !other.mode.isStanding || other.about != nil || other.component == .breaker
            || other.mode == .exhausted && cause.mode == .exhausted
        // Whoever does not run was not stopped by what it uses.
        guard canFollow, other.mode != .stopped, cause.mode.takesUsersDown || cause.component == .breaker else {
            return false
        }
        let reach = index.reach(of: other.component)
        return affected(by: cause).contains { ($0 != other.component || $0 == cause.about) && reach.contains($0) }
    }

    private func explains(_ cause: Cause, _ claim: Claim, _ index: ClaimIndex) -> Bool {
        if claim.rule != nil { return false }
        if claim.causes.contains(where: { covers(cause, $0, index) }) { return true }
        guard cause.mode.takesUsersDown, !claim.isExact else { return false }
        return !claim.behind.isDisjoint(with: affected(by: cause))
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
                        cause.mode.takesUsersDown && !affected(by: cause).isDisjoint(with: Set(path.components))
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
