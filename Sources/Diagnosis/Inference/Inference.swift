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
            let claim = Claim(observation, rules)
            if claim.causes.isEmpty { unexplained.append(claim.check) } else { claims.append(claim) }
        }
        let firsts = firstMoments()
        for index in claims.indices { claims[index] = resolved(claims[index], firsts) }
        explain()
        adopt(record)
    }

    /// When each cause was first claimed.
    private func firstMoments() -> [Cause: Date] {
        var firsts: [Cause: Date] = [:]
        for claim in claims {
            for cause in claim.causes {
                let moment = moments[claim.check] ?? .distantPast
                firsts[cause] = min(firsts[cause] ?? moment, moment)
            }
        }
        return firsts
    }

    /// Strikes out what a pass disproves, and what needs a second cause where a direct look shows the first.
    private mutating func resolved(_ claim: Claim, _ firsts: [Cause: Date]) -> Claim {
        if claim.rule != nil { return claim }
        var left: [Cause] = []
        var out: [RivalCause] = []
        for cause in claim.causes {
            if let proof = exoneration.proof(against: cause, since: firsts[cause] ?? .distantPast) {
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
            left = [isState ? Cause(first.component, .unstable) : first]
            out.removeAll { $0.cause == first }
        }
        ruledOut[claim.check] = out
        var claim = claim
        claim.causes = left
        return claim
    }

    /// Whether it lies in what one component has of another, and not in either.
    private static func isBetween(_ cause: Cause) -> Bool { cause.about != nil || cause.mode == .blocked }

    /// A cause, and the rule that tells it apart from others of the same component and kind.
    private struct Candidate: Hashable {
        var cause: Cause
        var rule: String?
    }

    private static func candidates(of claim: Claim) -> [Candidate] {
        claim.causes.map { Candidate(cause: $0, rule: claim.rule) }
    }

    private mutating func explain() {
        var open = claims
        while !open.isEmpty {
            var seen: Set<Candidate> = []
            let candidates = open.flatMap(Self.candidates).filter { seen.insert($0).inserted }
                .sorted { ($0.cause, $0.rule ?? "") < ($1.cause, $1.rule ?? "") }
            guard let best = candidates.max(by: { rank($0, open, candidates) < rank($1, open, candidates) }) else {
                return
            }
            let direct = open.filter { Self.candidates(of: $0).contains(best) }
            let directChecks = Set(direct.map(\.check))
            let behind = open.filter { !directChecks.contains($0.check) && explains(best, $0) }
            let taken = directChecks.union(behind.map(\.check))
            open.removeAll { taken.contains($0.check) }
            explanations.append(explanation(best.cause, direct, behind))
        }
    }

    /// How good a cause is to go on with: not itself a consequence of another, then how much it explains.
    private func rank(_ candidate: Candidate, _ open: [Claim], _ candidates: [Candidate]) -> (Int, Int, Int, Int) {
        let cause = candidate.cause
        let isConsequence =
            candidate.rule == nil
            && candidates.contains {
                $0.cause != cause && $0.rule == nil && covers($0.cause, cause) && !covers(cause, $0.cause)
            }
        let direct = open.count { Self.candidates(of: $0).contains(candidate) }
        let behind = open.count { !Self.candidates(of: $0).contains(candidate) && explains(candidate, $0) }
        return (isConsequence ? 0 : 1, direct + behind, -cause.mode.strength, direct)
    }

    /// Whether one cause alone brings the other's symptoms about.
    private func covers(_ cause: Cause, _ other: Cause) -> Bool {
        if cause.component == other.component {
            return cause.mode.strength < other.mode.strength && (cause.mode.isTotal || !other.mode.isStanding)
        }
        guard !other.mode.isStanding || other.about != nil, cause.mode.takesUsersDown else { return false }
        return affected(by: cause).contains { $0 != other.component && graph.uses(other.component, $0) }
    }

    private func explains(_ candidate: Candidate, _ claim: Claim) -> Bool {
        if claim.rule != nil || candidate.rule != nil { return false }
        let cause = candidate.cause
        if claim.causes.contains(where: { covers(cause, $0) }) { return true }
        guard cause.mode.takesUsersDown, !claim.isExact else { return false }
        return !claim.behind.isDisjoint(with: affected(by: cause))
    }

    /// The components that whoever goes through them fails at.
    private func affected(by cause: Cause) -> Set<Component> {
        if let about = cause.about { return [cause.component, about] }
        if cause.mode == .blocked,
            let edge = graph.edges.first(where: { Component.flow($0.from, $0.to) == cause.component })
        {
            return [edge.from, edge.to].filter { $0 != .vantage }.reduce(into: []) { $0.insert($1) }
        }
        return [cause.component]
    }

    private func explanation(_ best: Cause, _ direct: [Claim], _ behind: [Claim]) -> Explanation {
        let seen = direct.sorted { importance($0) < importance($1) }
        let isDecided = direct.contains { $0.causes == [best] }
        let shared = direct.map { Set($0.causes) }.reduce(Set(direct.first?.causes ?? [])) { $0.intersection($1) }
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

    /// The exact before the vague, the critical before the others.
    private func importance(_ claim: Claim) -> (Int, Int, Int, String) {
        let descriptor = descriptors[claim.check]
        return (
            claim.isExact ? 0 : 1, claim.causes.count, descriptor?.isCritical == true ? 0 : 1, claim.check.rawValue
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
