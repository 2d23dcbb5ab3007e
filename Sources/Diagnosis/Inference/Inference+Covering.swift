import RunModel

/// Which causes bring about what else was seen.
struct Covering {
    let index: ClaimIndex
    let exoneration: Exoneration
    private let partsOfAPI: Set<Int>
    private let api: Int
    private let breaker: Int
    /// A key that the proxy drops, where one does.
    private let lostKey: Suspect?
    /// What answers no requests, or only some of them.
    private let failing: Set<Component>

    init(_ index: ClaimIndex, _ exoneration: Exoneration, _ graph: inout ComponentGraph) {
        self.index = index
        self.exoneration = exoneration
        api = graph.number(of: .api)
        breaker = graph.number(of: .breaker)
        lostKey = index.plain.lazy.map { index.suspects[$0] }.first { $0.cause == .lostKey }
        let decided = Set(index.entries.lazy.filter { $0.causes.count == 1 }.map { $0.causes[0] })
        failing = Set(
            index.plain.lazy.filter(decided.contains).map { index.suspects[$0].cause }
                .filter { $0.mode == .unstable || $0.mode.isTotal && $0.component.isService }.map(\.component))
        partsOfAPI = Set([Component.breaker, .proxy, .queue].map { graph.number(of: $0) })
    }

    /// Whether one cause alone brings the other's symptoms about.
    ///
    /// - Parameter isTold: whether somebody said how the other fails: who is refused was not refused by what lies further back.
    func covers(_ cause: Suspect, _ other: Suspect, isTold: Bool) -> Bool {
        if cause.mode.breaksNothing { return false }
        if lostKey?.cause == cause.cause {
            // Whoever gets no key refuses the caller, and does not get one validated that is good.
            return other.cause.component.kind == .key && other.mode == .refused
                || other.mode == .misconfigured && other.cause.about == .auth
        }
        if cause.isBetween, other.isBetween {
            // One setting or connection hides another only where all that the other leads to needs what the one leads to, and
            // nobody said how that one fails.
            return !isTold && cause.lost != other.lost && other.foundation.containsAny(of: cause.lost)
        }
        if cause.component == other.component {
            if let one = cause.about, let another = other.about, one != another { return false }
            if cause.mode == .misrouted, other.mode == .misrouted { return cause.about == nil && other.about != nil }
            return cause.mode.strength < other.mode.strength && (cause.mode.isTotal || !other.mode.isStanding)
        }
        // What the breaker does follows what it guards; who may use it does not.
        let canFollow =
            !other.mode.isStanding || other.about != nil || other.component == breaker && other.mode == .defect
            || other.mode == .exhausted && cause.mode == .exhausted
            // A good key is refused where what validates it is out of order, or another one.
            || other.cause.component.kind == .key && other.mode == .refused
        // Whoever does not run was not stopped by what it uses, unless it looks at that before it starts.
        guard canFollow, other.mode != .stopped || cause.mode == .schema,
            cause.mode.takesUsersDown || cause.component == breaker
        else { return false }
        if let flow = cause.flow {
            // Only who makes the connection misses it, with its own parts.
            let isOfUser = other.component == flow.from || flow.from == api && partsOfAPI.contains(other.component)
            return isOfUser && other.foundation.contains(flow.to)
        }
        return cause.affected.contains { member in
            guard member != other.component || member == cause.about else { return false }
            return isTold && other.about != nil ? member == other.about : other.foundation.contains(member)
        }
    }

    /// Whether the candidate is what another cause brings about.
    func isConsequence(_ candidate: ClaimIndex.Candidate, _ claims: [Claim]) -> Bool {
        let direct = index.direct[candidate] ?? []
        if let lostKey, covers(lostKey, index.suspects[candidate.suspect], isTold: true) { return true }
        let own = index.cause(candidate)
        if !own.mode.isPartial, !own.mode.isTotal,
            failing.contains(where: { part in
                part != own.component && direct.allSatisfy { claims[$0].failedAt.contains(part) }
            })
        {
            return true
        }
        guard candidate.rule == nil, !direct.contains(where: { claims[$0].isOfRules }) else { return false }
        let cause = index.suspects[candidate.suspect]
        let isTold = direct.contains { claims[$0].tellsHow }
        // Alternatives of one symptom are rivals, and none follows from another, unless something else shows it as well.
        let seen = Set(direct)
        let rivals = Set(direct.flatMap { index.entries[$0].causes }).filter { rival in
            seen.isSuperset(of: index.direct[ClaimIndex.Candidate(suspect: rival)] ?? [])
        }
        return index.plain.contains { place in
            let other = index.suspects[place]
            let members = [other.component] + other.affected
            guard cause.reach.containsAny(of: members) || cause.foundation.containsAny(of: members),
                !rivals.contains(place)
            else { return false }
            return covers(other, cause, isTold: isTold) && !covers(cause, other, isTold: true)
        }
    }

    /// Whether a cause explains what a check saw that did not see the cause itself.
    ///
    /// - Parameter isTold: whether somebody said how the cause fails.
    func explains(_ cause: Suspect, _ claim: Claim, _ entry: ClaimIndex.Entry, isTold: Bool) -> Bool {
        if claim.isOfRules { return false }
        // What met the part that is away, fails by turns or answers late tells of that, and not of what it was for.
        if claim.failedAt.contains(cause.cause.component),
            cause.mode.isPartial
                || cause.mode.isTotal && cause.cause.component.isService
                    && !claim.causes.contains(where: \.mode.isTotal)
        {
            return true
        }
        if lostKey?.cause == cause.cause {
            return entry.causes.contains { covers(cause, index.suspects[$0], isTold: true) }
        }
        // Errors on one page are no defect of that page where others answer with errors too.
        if claim.rule != nil { return cause.mode == .failing && claim.causes == [cause.cause] }
        if claim.fallback == cause.cause { return true }
        // A part that fails some requests explains those that failed at it.
        if cause.mode.isPartial, !cause.affected.contains(where: entry.implicated.contains) {
            return cause.mode == .slow && isByWay(claim, entry, of: cause, isTold: isTold)
        }
        if entry.causes.contains(where: { covers(cause, index.suspects[$0], isTold: claim.tellsHow) }) {
            return true
        }
        if claim.hasNoReason, let subject = entry.subject, cause.mode.takesUsersDown, cause.lost.contains(subject) {
            return true
        }
        if isByWay(claim, entry, of: cause, isTold: isTold) { return true }
        guard cause.cause.stopsWholeRequests, !claim.isExact else { return false }
        if let flow = cause.flow, cause.affected.contains(flow.from) {
            return entry.behind.contains(flow.from) && entry.behind.contains(flow.to)
        }
        return cause.lost.contains(where: entry.behind.contains)
    }

    /// Whether a report without a reason comes of what its reporter uses: the service that it calls unwell answers us, and another
    /// service that the reporter needs is away. One cause that explains all is likelier than two.
    private func isByWay(
        _ claim: Claim, _ entry: ClaimIndex.Entry, of cause: Suspect, isTold: Bool
    ) -> Bool {
        guard claim.hasNoReason || claim.isOfBreaker, let subject = claim.subject, let reporter = entry.reporter,
            subject.kind == .service, cause.mode.isTotal || cause.about != nil || cause.mode == .slow && isTold,
            exoneration.isKnownGood(subject),
            cause.cause.losses.allSatisfy({ $0.kind == .service && $0 != subject })
        else { return false }
        return (isTold || exoneration.isBroken(cause.cause.component))
            && cause.lost.contains { $0 != reporter && index.reach(of: reporter).contains($0) }
    }
}
