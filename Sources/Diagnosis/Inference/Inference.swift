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
        /// Causes that only a look from before the first failure speaks against.
        public var doubted: [Cause]
        /// Whether only the time that answers took tells it from a rival.
        public var isByTime: Bool
        public var since: Date
    }

    public private(set) var explanations: [Explanation] = []
    public private(set) var graph: ComponentGraph

    private var claims: [Claim] = []
    /// The claims that come of questions.
    private var asked: [Int] = []
    private let exoneration: Exoneration
    /// Whether one address of the balancer answers otherwise than the others.
    private var isFrontUneven = false
    private let usesTime: Bool
    private var ruledOut: [CheckID: [RivalCause]] = [:]
    private var timed: [CheckID: [RivalCause]] = [:]
    private var doubted: [CheckID: [Cause]] = [:]

    /// - Parameter rules: what is known about causes.
    public init(of record: RunRecord, rules: [Rule] = Rule.all, using evidence: Evidence = .all) {
        self.init(of: Rows(of: record), rules: RuleBook(rules), using: evidence)
    }

    init(of run: Rows, rules: RuleBook, using evidence: Evidence) {
        let rows = evidence.contains(.questions) ? run.checks + run.asked : run.checks
        usesTime = evidence.contains(.time)
        graph = ComponentGraph(of: rows)
        exoneration = Exoneration(of: rows, isOn: evidence.contains(.exoneration))
        var silent: [Row] = []
        let ownChecks = run.checks.count
        for (place, row) in rows.enumerated() where row.hasFailed && row.result.subject != .model {
            if let observation = Observation(row.descriptor, row.result) {
                var claim = Claim(observation, row.descriptor, row.result, rules)
                // A page that asks others tells of them only where its service answers at all.
                if let met = claim.met, !claim.remote.isEmpty, claim.silentPlace != nil, !exoneration.showsLife(met) {
                    claim.causes.removeAll { claim.remote.contains($0) }
                    claim.remote = []
                }
                if claim.causes.isEmpty { silent.append(row) } else { claims.append(claim) }
                if place >= ownChecks, !claim.causes.isEmpty { asked.append(claims.count - 1) }
            } else {
                silent.append(row)
            }
        }
        weighAnswers(asked)
        gatherFronts()
        if evidence.contains(.time) { weighTime() }
        revealWays()
        isFrontUneven = claims.contains { $0.causes == [Cause(.balancer, .unstable)] }
        tellSilences()
        let firsts = firstMoments()
        for index in claims.indices { claims[index] = resolved(claims[index], firsts) }
        explain()
        adopt(silent)
    }

    /// A look through one component at another tells how long it takes to be told of it, and no more: where a check heard the
    /// reason, it only strikes out what does not go with that time.
    private mutating func weighAnswers(_ asked: [Int]) {
        for index in asked {
            guard let reporter = claims[index].reporter, let subject = claims[index].subject else { continue }
            let told = claims.indices.filter {
                !asked.contains($0) && claims[$0].reporter == reporter && claims[$0].subject == subject
                    && !claims[$0].hasNoReason && !claims[$0].isOfBreaker
            }
            guard let first = told.first else { continue }
            let waits = claims[index].causes.contains { $0.mode == .hung }
            let fitting = claims[first].causes.filter { [.hung, .blocked, .slow, .locked].contains($0.mode) == waits }
            claims[index].causes = fitting.isEmpty ? claims[first].causes : fitting
        }
    }

    /// Several services at one address, none of which answers: what stands in front of them is away. That is one cause, and each of
    /// them out of order by itself would be several.
    private mutating func gatherFronts() {
        var groups: [String: [Int]] = [:]
        for index in claims.indices {
            guard let front = claims[index].silentPlace.flatMap(Self.front), let cause = claims[index].causes.first,
                cause.component.kind == .service, [.stopped, .hung, .failing].contains(cause.mode)
            else { continue }
            groups["\(front) \(cause.mode)", default: []].append(index)
        }
        for group in groups.values {
            let causes = Set(group.map { claims[$0].causes[0] })
            let begin = group.map { claims[$0].at }.min() ?? .distantPast
            guard causes.count > 1, causes.allSatisfy({ exoneration.proof(against: $0, since: begin) == nil }) else {
                continue
            }
            for index in group { claims[index].causes = [Cause(.balancer, claims[index].causes[0].mode)] }
        }
    }

    /// The address that a service shares with others, by its place: one port of one host, or of the hosts of one domain where it is
    /// the web's, as behind a load balancer. Nil where hosts are of their own.
    private static func front(of place: String) -> String? {
        guard let colon = place.lastIndex(of: ":") else { return nil }
        let (host, port) = (place[..<colon], place[place.index(after: colon)...])
        let domain = host.firstIndex(of: ".").map { host[host.index(after: $0)...] } ?? host
        let isShared = domain == "localhost" || port == "443" || port == "80"
        return isShared && domain.contains { $0.isLetter } ? "\(domain):\(port)" : place
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
                for speaker in by where speaker != component && !graph.reaches(speaker, component) {
                    graph.reveal(component, speaker)
                }
            }
        }
    }

    /// Shorter answers are alike by chance, in bytes.
    private static let tellingWords = 12

    /// Whoever waited at a component himself, while somebody else told that he gets no answer of it, was on no way of that one: the
    /// component is silent, and not the connection to it.
    private mutating func tellSilences() {
        guard usesTime else { return }
        func told(_ claim: Claim) -> Component? {
            guard let reporter = claim.reporter, let hung = claim.causes.first(where: { $0.mode == .hung }),
                claim.causes.contains(Cause(.flow(reporter, hung.component), .blocked))
            else { return nil }
            return hung.component
        }
        for (component, group) in Dictionary(grouping: claims.indices, by: { told(claims[$0]) }) {
            // What is asked of a store may take its time.
            guard let component, component.kind == .service, let begin = group.map({ claims[$0].at }).min(),
                let end = group.map({ claims[$0].end }).max(),
                let proof = exoneration.waited(at: component, from: begin, to: end)
            else { continue }
            for index in group {
                timed[claims[index].check] = claims[index].causes.filter { $0.mode == .blocked }.map {
                    RivalCause(cause: $0, against: "\(proof.check) waited too")
                }
                claims[index].causes = [Cause(component, .hung)]
                claims[index].isSettled = true
            }
        }
    }

    /// When something was first said of each component.
    private func firstMoments() -> [Component: Date] {
        var firsts: [Component: Date] = [:]
        for claim in claims {
            for cause in claim.causes where !claim.remote.contains(cause) {
                firsts[cause.component] = min(firsts[cause.component] ?? claim.at, claim.at)
                if let about = cause.about { firsts[about] = min(firsts[about] ?? claim.at, claim.at) }
            }
        }
        return firsts
    }

    /// Whoever is refused can say so at once, and whoever gets no answer says so when its patience ends: of a report without a
    /// reason, the time that it took tells which of the two it was.
    private mutating func weighTime() {
        let groups = Dictionary(grouping: claims.indices.filter { claims[$0].hasNoReason }) { claims[$0].causes }
        for (causes, group) in groups {
            guard let setting = causes.first(where: { $0.about != nil }), let other = setting.about,
                let least = group.map({ claims[$0].pace }).min(), let most = group.map({ claims[$0].pace }).max()
            else { continue }
            let usual = exoneration.pace(of: setting.component) ?? .infinity
            let isAtOnce = most < Exoneration.promptPace
            guard isAtOnce || least >= 1.5 * Exoneration.promptPace && usual * 2 < least else { continue }
            let kept =
                isAtOnce
                ? [Cause(other, .stopped), Cause(other, .failing), setting]
                : [Cause(other, .hung)] + causes.filter { $0.mode == .blocked || $0.mode == .failing }
            for index in group {
                let pace = claims[index].pace.formatted(.number.precision(.fractionLength(1)))
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
        if claim.rule != nil || claim.isSettled { return claim }
        var left: [Cause] = []
        var late: [Cause] = []
        var out: [RivalCause] = []
        for cause in claim.causes {
            if claim.isOfCredentials, cause.mode == .misconfigured {
                left.append(cause)
                continue
            }
            let moment = firsts[cause.about ?? cause.component] ?? claim.at
            if let proof = exoneration.proof(against: cause, since: moment, isOfGateway: claim.isOfGateway) {
                // Who gives up waiting for what answers late meets no other fault than that.
                if usesTime, [.hung, .blocked].contains(cause.mode), exoneration.isLate(cause, since: moment) {
                    late.append(Cause(cause.component, .slow))
                }
                out.append(RivalCause(cause: cause, against: "\(proof.check) passed"))
            } else if cause.isBetween, cause.losses.contains(where: exoneration.isBroken) {
                out.append(RivalCause(cause: cause, against: "what it leads to is out of order itself"))
            } else {
                left.append(cause)
            }
        }
        if let reporter = claim.reporter {
            for cause in left
            where left.count > 1 && cause.about == nil
                && [.stopped, .hung, .failing, .refused, .garbage].contains(cause.mode)
            {
                let moment = firsts[cause.component] ?? claim.at
                guard let proof = exoneration.earlier(than: moment, cause.component, reporter: reporter) else {
                    continue
                }
                out.append(RivalCause(cause: cause, against: "\(proof.check) passed before"))
                doubted[claim.check, default: []].append(cause)
                left.removeAll { $0 == cause }
            }
        }
        if !late.isEmpty, claim.reporter != nil, left.allSatisfy(\.isBetween) {
            out += left.map { RivalCause(cause: $0, against: "\(late[0].component) answers late") }
            left = [late[0]]
        }
        if left.isEmpty, let first = claim.causes.first {
            left = [unevenWay(of: claim) ?? claim.fallback ?? byTurns(first, claim)]
            out.removeAll { $0.cause == first }
        }
        ruledOut[claim.check] = out + (timed[claim.check] ?? [])
        var claim = claim
        claim.causes = left
        return claim
    }

    /// The connection that somebody told of, where it held for some checks and not for others while both of its ends work; what it
    /// leads to, where a look at that failed by turns as well.
    private func unevenWay(of claim: Claim) -> Cause? {
        guard let reporter = claim.reporter, !claim.hasNoReason, !claim.isOfBreaker,
            let subject = claim.subject ?? claim.causes.first?.component, exoneration.isKnownGood(subject),
            exoneration.alternates(from: reporter, to: subject)
        else { return nil }
        return Cause(exoneration.wasBroken(subject) ? subject : .flow(reporter, subject), .unstable)
    }

    /// What failed and answered by turns. One whose pages wait for others, all of whom answer, is slow itself, and a gateway of which
    /// one address answers otherwise than the others does not let all requests through.
    private func byTurns(_ first: Cause, _ claim: Claim) -> Cause {
        guard [.stopped, .hung].contains(first.mode) else { return first }
        if claim.isOfGateway, isFrontUneven { return Cause(.balancer, .unstable) }
        return Cause(first.component, claim.causes.contains { $0.mode == .slow } ? .slow : .unstable)
    }

    /// Takes the candidates in order, each with the claims that it explains and nobody before it did.
    private mutating func explain() {
        let index = ClaimIndex(claims, &graph)
        let covering = Covering(index, exoneration, &graph)
        var open = Array(repeating: true, count: claims.count)
        for candidate in ordered(covering) {
            let direct = (index.direct[candidate] ?? []).filter { open[$0] }
            guard !direct.isEmpty else { continue }
            for place in direct { open[place] = false }
            let suspect = index.suspects[candidate.suspect]
            var behind: [Int] = []
            let isTold = direct.contains { !claims[$0].hasNoReason }
            // A defect that shows by its own signs has no others, but for a key, with which whole requests fail.
            if candidate.rule == nil || suspect.cause.component.kind == .key {
                let users = graph.users(of: suspect.affected + [suspect.component])
                behind = claims.indices.filter {
                    open[$0] && users.containsAny(of: index.entries[$0].bases)
                        && covering.explains(suspect, claims[$0], index.entries[$0], isTold: isTold)
                }
            }
            for place in behind { open[place] = false }
            explanations.append(explanation(suspect.cause, direct.map { claims[$0] }, behind.map { claims[$0] }))
        }
    }

    /// Causes that are no consequence of another come first, then those that more checks saw, then what explains more.
    private func ordered(_ covering: Covering) -> [ClaimIndex.Candidate] {
        let index = covering.index
        let keys = index.direct.map { candidate, direct in
            let cause = index.cause(candidate)
            // A report without a reason fits whatever others tell, and so does the silence of one who asks others.
            let isTold = direct.contains { !claims[$0].hasNoReason && !claims[$0].remote.contains(cause) }
            // A component that was seen to be out of order comes before what others say of it.
            let isSeen = exoneration.isBroken(cause.component) && direct.contains { claims[$0].causes.count == 1 }
            return (
                candidate, covering.isConsequence(candidate, claims) ? 1 : 0, isTold ? isSeen ? 0 : 1 : 2,
                -direct.count, cause.mode.strength, cause.description + " " + (candidate.rule ?? "")
            )
        }
        return keys.sorted { ($0.1, $0.2, $0.3, $0.4, $0.5) < ($1.1, $1.2, $1.3, $1.4, $1.5) }.map(\.0)
    }

    private func explanation(_ best: Cause, _ direct: [Claim], _ behind: [Claim]) -> Explanation {
        let seen = direct.map { ($0.importance(for: best), $0) }.sorted { $0.0 < $1.0 }.map(\.1)
        let isDecided = direct.contains { $0.causes == [best] }
        // A report without a reason fits every cause, and tells none apart.
        let telling = direct.contains { !$0.isVague } ? direct.filter { !$0.isVague } : direct
        let shared = telling.map { Set($0.causes) }.reduce(Set(telling.first?.causes ?? [])) { $0.intersection($1) }
        let others = isDecided ? [] : shared.subtracting([best]).sorted()
        let rival =
            others.first.map { RivalCause(cause: $0, against: "nothing that was seen") }
            ?? seen.lazy.compactMap { ruledOut[$0.check]?.first }.first
        return Explanation(
            causes: [best] + others, seen: seen.map(\.check), consequences: behind.map(\.check), rival: rival,
            isExact: direct.contains { $0.isExact },
            doubted: Set(direct.flatMap { doubted[$0.check] ?? [] }).sorted(),
            isByTime: direct.allSatisfy { timed[$0.check] != nil },
            since: (direct + behind).map(\.at).min() ?? .distantPast)
    }

    /// Checks without a symptom of their own go to the cause that lies on their way.
    private mutating func adopt(_ silent: [Row]) {
        var owner: [CheckID: Int] = [:]
        for (index, explanation) in explanations.enumerated() {
            for check in explanation.seen + explanation.consequences { owner[check] = index }
        }
        for row in silent {
            let components = row.path.components
            let found =
                row.descriptor.dependsOn.lazy.compactMap { owner[$0] }.first
                ?? explanations.firstIndex { explanation in
                    explanation.causes.contains { cause in
                        cause.mode.takesUsersDown && lost(to: cause).contains(where: components.contains)
                    }
                }
            guard let found else { continue }
            explanations[found].consequences.append(row.id)
            owner[row.id] = found
        }
    }

    private func lost(to cause: Cause) -> [Component] {
        if let about = cause.about { return [about] }
        if cause.mode == .blocked, let edge = graph.flow(cause.component) { return [edge.to] }
        return [cause.component]
    }
}
