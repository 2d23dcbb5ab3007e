/// What a check saw that is not as it should be, or what kept it from seeing: the typed counterpart of its words.
///
/// Diagnosis reads symptoms and paths. The words of an outcome are for people, and no rule reads them; the only texts that
/// rules match are those that a component of the system under test wrote itself, in the members called `says` and `code`.
public enum Symptom: Hashable, Sendable {
    case noConnection(NoConnection)
    case certificate(CertificateProblem)
    case answer(HTTPAnswer)
    /// A server's own error: SQLSTATE, Redis, AWS.
    case error(ForeignError)
    /// What one component says of another that it depends on.
    case report(by: Component, ForeignError)
    case deviation(Deviation)
    case misrouted(Misrouting)
    /// The identity may not do this.
    case permissionDenied(action: String)
    /// A resource does not exist.
    case missing(Component)
    case ailment(Ailment)
    case setting(SettingProblem)
    case excess(Excess)
    case breaker(BreakerDefect)
    case lost(Loss)
    case artifactChanged(ArtifactChange)
    /// One request waits for another's dependency.
    case eventLoopBlocked(Component)
    case exposed(Exposure)
    case networkBlock(NetworkBlock)
    /// A listener rule that no request reaches, or that takes requests of others.
    case ruleOrder(Component)
    /// Somebody changed it in a way that breaks its users.
    case changed(Component)
    case suite(SuiteProblem)
    /// A program, a variable or a secret that the run itself needs.
    case runLacks(Component)
    case obstacle(Obstacle)
    /// The journal of a version that knew no symptoms.
    case unrecorded
}

extension Symptom {
    /// The cases, for coding and for the books that rules and tests keep.
    public enum Kind: String, CaseIterable, Sendable, Codable {
        case noConnection = "no-connection"
        case certificate
        case answer
        case error
        case report
        case deviation
        case misrouted
        case permissionDenied = "permission-denied"
        case missing
        case ailment
        case setting
        case excess
        case breaker
        case lost
        case artifactChanged = "artifact-changed"
        case eventLoopBlocked = "event-loop-blocked"
        case exposed
        case networkBlock = "network-block"
        case ruleOrder = "rule-order"
        case changed
        case suite
        case runLacks = "run-lacks"
        case obstacle
        case unrecorded
    }

    public var kind: Kind {
        switch self {
        case .noConnection: .noConnection
        case .certificate: .certificate
        case .answer: .answer
        case .error: .error
        case .report: .report
        case .deviation: .deviation
        case .misrouted: .misrouted
        case .permissionDenied: .permissionDenied
        case .missing: .missing
        case .ailment: .ailment
        case .setting: .setting
        case .excess: .excess
        case .breaker: .breaker
        case .lost: .lost
        case .artifactChanged: .artifactChanged
        case .eventLoopBlocked: .eventLoopBlocked
        case .exposed: .exposed
        case .networkBlock: .networkBlock
        case .ruleOrder: .ruleOrder
        case .changed: .changed
        case .suite: .suite
        case .runLacks: .runLacks
        case .obstacle: .obstacle
        case .unrecorded: .unrecorded
        }
    }

    /// The component that it speaks of.
    public var component: Component? {
        switch self {
        case .noConnection(let problem): problem.component
        case .certificate(let problem): problem.component
        case .answer(let answer): answer.component
        case .error(let error), .report(_, let error): error.component
        case .deviation(let deviation): deviation.component
        case .misrouted(let misrouting): .service(misrouting.service)
        case .ailment(let ailment): ailment.component
        case .setting(let problem): problem.component
        case .excess(let excess): excess.component
        case .exposed(let exposure): exposure.component
        case .networkBlock(let block): block.flow
        case .missing(let component), .eventLoopBlocked(let component), .ruleOrder(let component),
            .changed(let component), .runLacks(let component):
            component
        case .obstacle(let obstacle): obstacle.component
        case .breaker: .breaker
        case .lost: .proxy
        case .artifactChanged: .artifactStore
        case .permissionDenied: Component(.identity)
        case .suite: Component(.suite)
        case .unrecorded: nil
        }
    }
}
