import Foundation
import RunModel

/// What one failed check says of causes, by its symptom alone: the alternatives, the most direct first.
struct Claim {
    var check: CheckID
    /// When the check began.
    var at: Date
    /// When it ended.
    var end: Date
    /// How long one of its requests took, in seconds.
    var pace: Double
    var isCritical: Bool
    /// The component that the symptom speaks of, and the one at which a request from here ended.
    var asked: Component?
    var met: Component?
    var causes: [Cause]
    /// Whether the symptom names the defect itself, so that nothing else can be behind it.
    var isExact: Bool
    /// The dependencies that the check names as unwell, or went through.
    var behind: Set<Component>
    /// What it says itself to be out of order, and what its requests failed at.
    var implicated: Set<Component>
    /// Whether the rules of the network say so themselves: no outage of an end makes them.
    var isOfRules = false
    /// Whether it is a report that gives no reason.
    var isVague = false
    /// Who is at fault where passes rule out every cause that the symptom speaks of.
    var fallback: Cause?
    /// The rule that knows the defect by its own signs.
    var rule: String?
    /// Whether somebody in front answered in the component's place: that a connection was accepted says nothing of it then.
    var isOfGateway = false
    /// Who was found to go through whom, by what one said of the other.
    var reveals: (user: Component, used: Component)?
    /// Causes that the symptom only may mean: they say nothing of when something began.
    var remote: Set<Cause> = []
    /// What it says of another component, in that other's words or the reporter's.
    var quote: (of: Component, words: String)?
    /// What the component answered itself.
    var answered: (by: Component, words: String)?
    /// The component that a report calls unwell, and who reports it.
    var subject: Component?
    var reporter: Component?
    /// Where nobody answered.
    var silentPlace: String?
    /// Whether the reporter's own credentials are refused: that others get through with theirs says nothing of them.
    var isOfCredentials = false
    /// Whether a look at the component itself told its causes apart, so that passes decide no more.
    var isSettled = false
    /// What a request of the check ended at, or in front of.
    var failedAt: Set<Component> = []
    /// Whether it tells of the circuit breaker's state and no more.
    var isOfBreaker = false
    /// Whether it is a report that something is unwell, without a word on how: how long it took to come says more.
    var hasNoReason = false

    /// Whether it says how something fails: the breaker's state does not.
    var tellsHow: Bool { !hasNoReason && !isOfBreaker }

    /// - Parameter rules: what is known about causes; the first that fits an observation explains it.
    init(_ observation: Observation, _ descriptor: CheckDescriptor, _ result: CheckResult, _ rules: RuleBook) {
        check = observation.check
        at = result.startedAt
        end = result.startedAt.addingTimeInterval(result.duration.seconds)
        pace = result.pace
        isCritical = descriptor.isCritical
        let symptom = observation.symptom
        asked = symptom.component
        met = observation.path.edges.first { $0.from == .vantage && $0.failed > 0 }?.to
        let door = Self.door(of: observation.path)
        causes = Self.causes(symptom, door: door)
        if descriptor.excludes.contains(.breaker) {
            remote = Set(Self.behindProbe(symptom))
            causes += Self.behindProbe(symptom)
        }
        // A defect that rules know by its signs has no others, but for a key that gets lost: whoever misses it refuses.
        rule = causes == [.lostKey] ? nil : rules.first(for: observation).flatMap { $0.isOfDefect ? $0.id : nil }
        if rule != nil { causes = Array(causes.prefix(1)) }
        isExact = rule != nil || causes.count == 1 && causes[0].mode.isStanding && causes[0].component != .breaker
        isVague = causes.count > 2
        switch symptom {
        case .report(let reporter, let error):
            isOfBreaker = Words(error.says).mentions("circuit breaker")
            self.reporter = reporter
            fallback = isOfBreaker ? Cause(.breaker, .defect) : Cause(reporter, .failing)
            hasNoReason = error.reason == .other && !isOfBreaker && !Self.isForeign(error)
            isOfCredentials = error.reason == .authentication
            subject = error.component
            quote = (error.component, error.says)
            if let quoted = Self.quoted(in: error, by: reporter) { reveals = (error.component, quoted) }
        case .deviation(let deviation) where deviation.aspect == .fallback:
            hasNoReason = true
            subject = deviation.component == .queue ? .redis : deviation.component
        case .networkBlock: isOfRules = true
        case .noConnection(let problem): silentPlace = problem.place
        case .answer(let answer) where answer.status == 0: silentPlace = Place.text(of: answer.path)
        case .answer(let answer):
            isOfGateway = Self.isOfGateway(answer)
            if !isOfGateway, answer.component == door { answered = (answer.component, answer.says) }
            if isOfGateway { remote = Set(causes.dropFirst()) }
            // What it tells of another part is its report.
            if !isOfGateway, causes.contains(where: \.isBetween) { reporter = door }
        default: break
        }
        behind = Set(observation.path.components.filter { $0 != .vantage })
        for case .key(let name) in descriptor.needs { behind.insert(.key(name)) }
        // Whoever had a key validated came with one.
        if behind.contains(.auth), door != .auth { behind.insert(.key(.api)) }
        let named = Self.named(by: symptom)
        behind.formUnion(named)
        implicated = Set(named + causes.flatMap { [$0.component] + ($0.about.map { [$0] } ?? []) })
        if let subject { implicated.insert(subject) }
        if let user = reveals?.user { implicated.insert(user) }
        // What failed while Plumbline itself broke something, it broke.
        if result.faults?.isEmpty ?? true {
            let failed = observation.path.edges.filter { $0.failed > 0 }
            implicated.formUnion(failed.map(\.to))
            failedAt = Set(failed.flatMap { $0.from.kind == .loadBalancer ? [$0.from, $0.to] : [$0.to] })
        }
    }

    /// The exact before the vague, what asked the very component before what asked another, what a check saw itself before what
    /// others report, the critical before the others.
    func importance(for cause: Cause) -> (Int, Int, Int, Int, Int, String) {
        let subject = cause.about ?? cause.component
        return (
            isExact ? 0 : 1, met == subject ? 0 : asked == subject ? 1 : 2, fallback == nil ? 0 : 1, causes.count,
            isCritical ? 0 : 1, check.rawValue
        )
    }

    /// What takes the requests of a path; of a balancer that answered itself the service behind it.
    private static func door(of path: Path) -> Component? {
        guard let first = path.edges.first(where: { $0.from == .vantage })?.to else { return nil }
        guard first.kind == .loadBalancer else { return first }
        return path.edges.first { $0.from == first }?.to ?? first
    }

    /// A page that asks MLflow is late when MLflow is: silence on it alone does not tell which of the two it is.
    private static func behindProbe(_ symptom: Symptom) -> [Cause] {
        guard case .noConnection(let problem) = symptom, problem.manner == .silent, problem.component == .api else {
            return []
        }
        return [
            Cause(.mlflow, .hung), Cause(.flow(.api, .mlflow), .blocked), Cause(.mlflow, .slow),
        ]
    }

    /// The dependency that a report on another one quotes: whoever uses the one goes through the other.
    private static func quoted(in error: ForeignError, by reporter: Component) -> Component? {
        let isOfAuth = Words(error.says).mentions("authentication service")
        return isOfAuth && error.component != .auth && reporter != .auth ? .auth : nil
    }

    private static func causes(_ symptom: Symptom, door: Component?) -> [Cause] {
        switch symptom {
        case .noConnection(let problem): noConnection(problem)
        case .certificate(let problem): [certificate(problem)]
        case .answer(let answer) where answer.status == 0: noAnswer(answer, door: door)
        case .answer(let answer): Self.told(by: answer, door: door) ?? Self.answer(answer, door: door)
        case .error(let error): Self.error(error)
        case .report(let reporter, let error): report(by: reporter, error)
        case .deviation(let deviation) where deviation.component == .queue && deviation.aspect == .fallback:
            report(by: .api, ForeignError(.redis, .other))
        case .deviation(let deviation) where deviation.aspect == .addresses: [anotherOne(than: deviation.component)]
        case .deviation(let deviation): [Cause(deviation.component, mode(of: deviation.aspect))]
        case .misrouted(let misrouting): [Cause(.balancer, .misrouted, about: .service(misrouting.service))]
        case .permissionDenied(let action): [Cause(Component(.identity, action), .rights)]
        case .missing(let component): [Cause(component, .missing)]
        case .ailment(let ailment): [Cause(ailment.component, mode(of: ailment.state))]
        case .setting(let problem) where barriers.contains(problem.name): [Cause(problem.component, .exposed)]
        case .setting(let problem): [Cause(problem.component, mode(of: problem.defect))]
        case .excess(let excess): [Cause(excess.component, mode(of: excess.quantity))]
        case .breaker: [Cause(.breaker, .defect)]
        case .lost(let loss): [loss == .key ? .lostKey : Cause(.proxy, .defect)]
        case .artifactChanged: [Cause(.artifactStore, .failing)]
        case .eventLoopBlocked(let component): [Cause(component, .hung)]
        case .exposed(let exposure): [Cause(exposure.component, .exposed)]
        case .networkBlock(let block): [Cause(block.flow, .blocked)]
        case .ruleOrder(let component): [Cause(component, .misrouted)]
        case .changed(let component): [Cause(component, .misconfigured)]
        case .suite: [Cause(Component(.suite), .failing)]
        case .runLacks(let component): [Cause(component, .missing)]
        case .obstacle(let obstacle): [Cause(obstacle.component, .unknown)]
        case .unrecorded: []
        }
    }

    /// Whoever uses another server than the one that was asked was given another address. The database's user is MLflow
    /// (contract §8).
    private static func anotherOne(than component: Component) -> Cause {
        switch component {
        case .database: Cause(.mlflow, .misconfigured, about: component)
        case .mlflow, .auth, .redis: Cause(.api, .misconfigured, about: component)
        default: Cause(component, .misconfigured)
        }
    }

    private static func noConnection(_ problem: NoConnection) -> [Cause] {
        switch problem.manner {
        case .refused: [Cause(problem.component, .stopped)]
        case .unresolved: [Cause(Component(.dnsName, host(of: problem.place)), .unresolved)]
        case .silent: [Cause(problem.component, .hung)]
        case .timedOut: [Cause(problem.component, .hung), Cause(.flow(.vantage, problem.component), .blocked)]
        case .unreachable: [Cause(.flow(.vantage, problem.component), .blocked)]
        case .reset, .other: [Cause(problem.component, .failing)]
        case .tls: [Cause(problem.component, .garbage), Cause(problem.component, .misconfigured)]
        case .foreign: [Cause(problem.component, .garbage)]
        }
    }

    private static func host(of place: String) -> String {
        place.lastIndex(of: ":").map { String(place[..<$0]) } ?? place
    }

    private static func certificate(_ problem: CertificateProblem) -> Cause {
        // The load balancer shows the certificate of the services behind it.
        let component = problem.component.kind == .service ? .balancer : problem.component
        let mode: FailureMode =
            switch problem.defect {
            case .expired: .certificateExpired
            case .expiresSoon: .certificateExpiring
            case .wrongName: .certificateWrongName
            case .untrusted, .missing, .notIssued: .certificateUntrusted
            }
        return Cause(component, mode)
    }

    /// A request that nobody answered, where only its words tell how it ended.
    private static func noAnswer(_ answer: HTTPAnswer, door: Component?) -> [Cause] {
        let component = door ?? answer.component
        let place = Place.text(of: answer.path) ?? ""
        let words = Words(answer.says)
        func problem(_ manner: NoConnection.Manner) -> [Cause] {
            noConnection(NoConnection(component, at: place, manner))
        }
        if words.mention(anyOf: [["certificate"]]) {
            let defect: CertificateProblem.Defect =
                words.mentions("expired") ? .expired : words.mentions("mismatch") ? .wrongName : .untrusted
            return [certificate(CertificateProblem(component, at: place, defect))]
        }
        if words.mention(anyOf: [["connect timeout"]]) { return problem(.timedOut) }
        return switch reason(words, status: 0) {
        case .refused: problem(.refused)
        case .unresolved: problem(.unresolved)
        case .timedOut: problem(.silent)
        case .connectionLost: problem(.reset)
        default: problem(words.mention(anyOf: [["unreachable"]]) ? .unreachable : .other)
        }
    }

    /// Whether a gateway in front gave the answer for a service behind it: it says so, or its page is no answer of an API.
    private static func isOfGateway(_ answer: HTTPAnswer) -> Bool {
        answer.responder == .balancer
            || [.unknown, .proxy].contains(answer.responder) && [502, 503, 504].contains(answer.status)
                && answer.says.hasPrefix("<")
    }

    private static func answer(_ answer: HTTPAnswer, door: Component?) -> [Cause] {
        if isOfGateway(answer), let cause = gateway(answer, door: door) { return cause }
        // A refusal by the API never came to the service behind it.
        let isOfDoor = [.api, .proxy].contains(answer.responder)
        let component = isOfDoor ? door ?? answer.component : answer.component
        switch answer.status {
        case 502: return [Cause(component, .stopped)]
        case 402: return [Cause(.key(.api), .balance)]
        case 401: return [Cause(.key(.api), .refused)]
        case 403: return [Cause(.key(.api), .rights)]
        case 429: return [Cause(component, .exhausted)]
        default: return [Cause(component, answer.status >= 500 ? .failing : .defect)]
        }
    }

    /// Of a gateway's own page the service behind it is the reason: the first on the way, or the one that was asked, for a proxy
    /// hands on the page of a gateway further back. Nil where the page says nothing of a service.
    private static func gateway(_ answer: HTTPAnswer, door: Component?) -> [Cause]? {
        let mode: FailureMode
        switch answer.status {
        case 502, 503: mode = .stopped
        case 504: mode = .hung
        case 404: return [Cause(.balancer, .misrouted)]
        default: return nil
        }
        let door = door ?? answer.component
        guard door != answer.component, door.isService, answer.component.isService else { return [Cause(door, mode)] }
        return [Cause(door, mode), Cause(answer.component, mode), Cause(door, .misconfigured, about: answer.component)]
    }

    /// What an answer tells of another component than the one that gave it: nil where it speaks of itself.
    private static func told(by answer: HTTPAnswer, door: Component?) -> [Cause]? {
        let words = Words(answer.says)
        if let door, words.mentions("authentication service"), answer.component != .auth {
            return report(by: door, ForeignError(.auth, reason(words, status: answer.status)))
        }
        if let store = store(words, path: answer.path, status: answer.status) {
            return report(by: .mlflow, ForeignError(.artifactStore, store))
        }
        guard let door, answer.component != door, !isOfGateway(answer), answer.responder != .mlflow,
            answer.status >= 500
        else { return nil }
        return report(by: door, ForeignError(answer.component, reason(words, status: answer.status)))
    }

    /// What MLflow says of the store behind its artifact routes, in the words of S3 or of its client; nil where it says nothing of it.
    private static func store(_ words: Words, path: String, status: Int) -> ForeignError.Reason? {
        guard status >= 400, path.contains("artifact") else { return nil }
        let table: [(ForeignError.Reason, [[String]])] = [
            (.permission, [["accessdenied"], ["access denied"], ["allaccessdisabled"]]),
            (.authentication, [["invalidaccesskeyid"], ["signaturedoesnotmatch"], ["unable to locate credentials"]]),
            (.notFound, [["nosuchbucket"]]),
            (.exhausted, [["no space left"], ["slowdown"], ["slow down"]]),
            (.permission, [["read-only file system"], ["permission denied"]]),
            (.refused, [["could not connect to the endpoint"], ["connection refused"]]),
            (.timedOut, [["connect timeout on endpoint"], ["read timeout on endpoint"]]),
        ]
        return table.first { words.mention(anyOf: $0.1) }?.0
    }

    /// What a gateway says of the server behind it, by its words, and by its status where they say nothing (RFC 9110 §15.6).
    private static func reason(_ words: Words, status: Int) -> ForeignError.Reason {
        let table: [(ForeignError.Reason, [[String]])] = [
            (.unresolved, [["name or service not known"], ["could not resolve"], ["failed to resolve"]]),
            (.unresolved, [["nodename nor servname"], ["name resolution"]]),
            (.refused, [["connection refused"], ["refused"], ["unavailable"], ["could not connect"]]),
            (.timedOut, [["timed out"], ["timeout"]]),
            (.connectionLost, [["reset"], ["disconnected"], ["closed"], ["aborted"]]),
        ]
        if let found = table.first(where: { words.mention(anyOf: $0.1) }) { return found.0 }
        return status == 504 ? .timedOut : .other
    }

    private static func error(_ error: ForeignError) -> [Cause] {
        switch error.reason {
        case .authentication: [Cause(error.component, .refused)]
        case .permission: [Cause(error.component, .rights)]
        case .notFound: [Cause(error.component, .missing)]
        case .exhausted: [Cause(error.component, .exhausted)]
        case .notReady: [Cause(error.component, .stopped)]
        case .timedOut: [Cause(error.component, .locked), Cause(error.component, .hung)]
        case .connectionLost: [Cause(error.component, .failing)]
        case .refused: [Cause(error.component, .stopped)]
        case .unresolved: [Cause(Component(.dnsName), .unresolved)]
        case .certificate: [Cause(error.component, .certificateUntrusted)]
        case .other: [Cause(error.component, .failing)]
        }
    }

    /// What one component says of another: either the other is unwell, or what lies between them, or the setting.
    private static func report(by reporter: Component, _ error: ForeignError) -> [Cause] {
        let other = error.component
        let setting = Cause(reporter, .misconfigured, about: other)
        let between = Cause(.flow(reporter, other), .blocked)
        return switch error.reason {
        case .refused: [Cause(other, .stopped), setting]
        case .unresolved: [setting]
        case .authentication: [Cause(other, .refused), setting]
        case .notFound: [setting, Cause(other, .missing)]
        case .timedOut: [Cause(other, .hung), between]
        case .connectionLost, .other:
            isForeign(error)
                ? [Cause(other, .failing), setting]
                : [Cause(other, .failing)] + (error.reason == .other ? [setting] : []) + [between]
        case .exhausted: [Cause(other, .exhausted)]
        case .permission: [Cause(other, .rights)]
        case .notReady: [Cause(other, .stopped)]
        case .certificate: [Cause(other, .certificateUntrusted), setting]
        }
    }

    /// Whether somebody took the request and ended the connection in good order, or answered in another protocol: no firewall
    /// does so, and another server than was meant does.
    private static func isForeign(_ error: ForeignError) -> Bool {
        [.connectionLost, .other].contains(error.reason)
            && Words(error.says).mention(anyOf: [
                ["empty reply"], ["remote end closed"], ["server disconnected"], ["bad status line"], ["badstatusline"],
                ["received http/0.9"], ["invalid http"], ["wrong version number"], ["malformed"],
            ])
    }

    private static func mode(of aspect: Deviation.Aspect) -> FailureMode {
        switch aspect {
        case .schema: .schema
        case .rights: .rights
        case .role: .role
        case .rateLimit: .exhausted
        case .addresses: .misconfigured
        case .inconsistent: .unstable
        case .shape: .garbage
        case .constantVersion, .limit, .refusal: .defect
        case .value, .readBack, .contradiction, .underFault, .version, .fallback: .failing
        }
    }

    private static func mode(of state: Ailment.State) -> FailureMode {
        switch state {
        case .targetUnhealthy, .taskUnhealthy, .rollOut, .logErrors, .alarm: .failing
        case .noTarget, .noInstance, .beingDeleted: .missing
        case .noHealthyTarget, .taskStopped, .tooFewTasks, .scaledToZero, .state: .stopped
        case .outdated: .outdated
        case .wrongArchitecture: .misconfigured
        }
    }

    /// Settings of AWS that keep strangers out of what they are on.
    private static let barriers: Set<String> = ["PublicAccessBlock"]

    private static func mode(of defect: SettingProblem.Defect) -> FailureMode {
        switch defect {
        case .missing, .differs, .expiry: .misconfigured
        case .reverted: .outdated
        case .exposed: .exposed
        }
    }

    private static func mode(of quantity: Excess.Quantity) -> FailureMode {
        switch quantity {
        case .time, .regression: .slow
        case .errors: .unstable
        case .locks: .locked
        case .rate, .memory, .processor, .connections, .storage, .queue: .exhausted
        case .integrity: .failing
        }
    }

    /// The dependencies that a symptom speaks of, in its texts as whole words.
    private static func named(by symptom: Symptom) -> [Component] {
        let texts: [Words]
        var named: [Component] = []
        switch symptom {
        case .deviation(let deviation): texts = deviation.names.map(Words.init)
        case .answer(let answer):
            texts = [Words(answer.says)]
            named = [answer.component]
        default: return []
        }
        return named
            + nouns.filter { noun in texts.contains { $0.mention(anyOf: noun.phrases) } }.map(\.component)
    }

    private static let nouns: [(component: Component, phrases: Words.Phrases)] = [
        (.mlflow, Words.phrases([["mlflow"]])), (.redis, Words.phrases([["redis"], ["message_queue"], ["queue"]])),
        (.database, Words.phrases([["postgres"], ["postgresql"], ["database"]])),
        (.auth, Words.phrases([["auth"], ["auth service"], ["authentication service"]])),
    ]
}

extension Component {
    /// A connection between two components, by the last part of their names.
    static func flow(_ from: Component, _ to: Component) -> Component {
        func short(_ component: Component) -> String {
            component.name.isEmpty ? component.kind.rawValue : component.name
        }
        return Component(.flow, "\(short(from))>\(short(to))")
    }
}

extension FailureMode {
    /// A state that stands on its own and is no way in which another component's fault shows.
    var isStanding: Bool {
        switch self {
        case .schema, .rights, .role, .missing, .misrouted, .outdated, .expired, .balance, .exposed,
            .certificateExpired, .certificateExpiring, .certificateWrongName, .certificateUntrusted, .defect, .locked,
            .unresolved, .misconfigured, .refused, .exhausted:
            true
        case .stopped, .hung, .blocked, .garbage, .failing, .unstable, .slow, .unknown: false
        }
    }

    /// Whether whoever uses the component fails with it.
    var takesUsersDown: Bool {
        switch self {
        case .stopped, .hung, .blocked, .unresolved, .misconfigured, .refused, .exhausted, .locked, .failing, .unstable,
            .slow, .garbage, .missing, .schema, .rights, .role, .misrouted, .expired, .balance, .certificateExpired,
            .certificateWrongName, .certificateUntrusted:
            true
        case .outdated, .exposed, .certificateExpiring, .defect, .unknown: false
        }
    }

    /// What explains more comes first: of several modes of one component the first is the cause and the others its signs.
    var strength: Int { Self.allCases.firstIndex(of: self) ?? Self.allCases.count }
}
