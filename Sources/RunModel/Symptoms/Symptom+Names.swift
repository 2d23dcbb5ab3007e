extension Symptom {
    /// The case with its detail, such as `ailment.task-stopped`: what rules, and the list of those that no rule explains,
    /// name. Every name is in ``names``.
    public var name: String {
        switch self {
        case .noConnection(let problem): Self.name(.noConnection, problem.manner)
        case .certificate(let problem): Self.name(.certificate, problem.defect)
        case .error(let error): Self.name(.error, error.reason)
        case .report(_, let error): Self.name(.report, error.reason)
        case .deviation(let deviation): Self.name(.deviation, deviation.aspect)
        case .ailment(let ailment): Self.name(.ailment, ailment.state)
        case .setting(let problem): Self.name(.setting, problem.defect)
        case .excess(let excess): Self.name(.excess, excess.quantity)
        case .breaker(let defect): Self.name(.breaker, defect)
        case .lost(let part): Self.name(.lost, part)
        case .artifactChanged(let change): Self.name(.artifactChanged, change)
        case .exposed(let exposure): Self.name(.exposed, exposure.leak)
        case .networkBlock(let block): Self.name(.networkBlock, block.element)
        case .suite(let problem): Self.name(.suite, problem)
        case .obstacle(let obstacle): Self.name(.obstacle, obstacle.reason)
        case .answer, .misrouted, .permissionDenied, .missing, .eventLoopBlocked, .ruleOrder, .changed, .runLacks,
            .unrecorded:
            kind.rawValue
        }
    }

    /// Every symptom that there is.
    public static let names: [String] = Kind.allCases.flatMap { kind -> [String] in
        switch kind {
        case .noConnection: names(kind, NoConnection.Manner.self)
        case .certificate: names(kind, CertificateProblem.Defect.self)
        case .error, .report: names(kind, ForeignError.Reason.self)
        case .deviation: names(kind, Deviation.Aspect.self)
        case .ailment: names(kind, Ailment.State.self)
        case .setting: names(kind, SettingProblem.Defect.self)
        case .excess: names(kind, Excess.Quantity.self)
        case .breaker: names(kind, BreakerDefect.self)
        case .lost: names(kind, Loss.self)
        case .artifactChanged: names(kind, ArtifactChange.self)
        case .exposed: names(kind, Exposure.Leak.self)
        case .networkBlock: names(kind, NetworkBlock.Element.self)
        case .suite: names(kind, SuiteProblem.self)
        case .obstacle: names(kind, Obstacle.Reason.self)
        case .answer, .misrouted, .permissionDenied, .missing, .eventLoopBlocked, .ruleOrder, .changed, .runLacks,
            .unrecorded:
            [kind.rawValue]
        }
    }

    public static func name(_ kind: Kind, _ detail: some RawRepresentable<String>) -> String {
        "\(kind.rawValue).\(detail.rawValue)"
    }

    private static func names<Detail: RawRepresentable<String> & CaseIterable>(
        _ kind: Kind, _ details: Detail.Type
    ) -> [String] {
        details.allCases.map { name(kind, $0) }
    }

    /// What the other side wrote itself: the only text that a rule may match. Empty where it wrote none.
    public var foreignText: String {
        switch self {
        case .answer(let answer): answer.says
        case .error(let error), .report(_, let error): error.code.isEmpty ? error.says : "\(error.code) \(error.says)"
        case .ailment(let ailment): ailment.says
        default: ""
        }
    }
}
