/// One object: the kind, and the members of what belongs to it beside it.
extension Symptom: Codable {
    private enum Key: String, CodingKey { case kind, action, component, reporter, defect, part, change, problem }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        func component() throws -> Component { try container.decode(Component.self, forKey: .component) }
        switch try container.decode(Kind.self, forKey: .kind) {
        case .noConnection: self = .noConnection(try NoConnection(from: decoder))
        case .certificate: self = .certificate(try CertificateProblem(from: decoder))
        case .answer: self = .answer(try HTTPAnswer(from: decoder))
        case .error: self = .error(try ForeignError(from: decoder))
        case .report:
            self = .report(
                by: try container.decode(Component.self, forKey: .reporter), try ForeignError(from: decoder))
        case .deviation: self = .deviation(try Deviation(from: decoder))
        case .misrouted: self = .misrouted(try Misrouting(from: decoder))
        case .permissionDenied:
            self = .permissionDenied(action: try container.decode(String.self, forKey: .action))
        case .missing: self = .missing(try component())
        case .ailment: self = .ailment(try Ailment(from: decoder))
        case .setting: self = .setting(try SettingProblem(from: decoder))
        case .excess: self = .excess(try Excess(from: decoder))
        case .breaker: self = .breaker(try container.decode(BreakerDefect.self, forKey: .defect))
        case .lost: self = .lost(try container.decode(Loss.self, forKey: .part))
        case .artifactChanged: self = .artifactChanged(try container.decode(ArtifactChange.self, forKey: .change))
        case .eventLoopBlocked: self = .eventLoopBlocked(try component())
        case .exposed: self = .exposed(try Exposure(from: decoder))
        case .networkBlock: self = .networkBlock(try NetworkBlock(from: decoder))
        case .ruleOrder: self = .ruleOrder(try component())
        case .changed: self = .changed(try component())
        case .suite: self = .suite(try container.decode(SuiteProblem.self, forKey: .problem))
        case .runLacks: self = .runLacks(try component())
        case .obstacle: self = .obstacle(try Obstacle(from: decoder))
        case .unrecorded: self = .unrecorded
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try members?.encode(to: encoder)
        switch self {
        case .report(let reporter, _): try container.encode(reporter, forKey: .reporter)
        case .permissionDenied(let action): try container.encode(action, forKey: .action)
        case .missing(let component), .eventLoopBlocked(let component), .ruleOrder(let component),
            .changed(let component), .runLacks(let component):
            try container.encode(component, forKey: .component)
        case .breaker(let defect): try container.encode(defect, forKey: .defect)
        case .lost(let part): try container.encode(part, forKey: .part)
        case .artifactChanged(let change): try container.encode(change, forKey: .change)
        case .suite(let problem): try container.encode(problem, forKey: .problem)
        default: break
        }
        try container.encode(kind, forKey: .kind)
    }

    /// What belongs to the case, where it is a value of several members, none of which is called `kind`.
    private var members: (any Encodable)? {
        switch self {
        case .noConnection(let value): value
        case .certificate(let value): value
        case .answer(let value): value
        case .error(let value), .report(_, let value): value
        case .deviation(let value): value
        case .misrouted(let value): value
        case .ailment(let value): value
        case .setting(let value): value
        case .excess(let value): value
        case .exposed(let value): value
        case .networkBlock(let value): value
        case .obstacle(let value): value
        case .permissionDenied, .missing, .breaker, .lost, .artifactChanged, .eventLoopBlocked, .ruleOrder, .changed,
            .suite, .runLacks, .unrecorded:
            nil
        }
    }
}
