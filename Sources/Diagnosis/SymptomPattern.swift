import RunModel

/// What a symptom has to be for a rule to explain it.
public struct SymptomPattern: Sendable {
    /// The names of the symptoms that may match, as ``Symptom/name`` spells them.
    public let names: Set<String>
    /// Whether it matches only where the other side wrote certain words.
    public let isByWords: Bool
    private let condition: @Sendable (Observation) -> Bool

    private init(
        _ names: some Sequence<String>, isByWords: Bool = false,
        _ condition: @escaping @Sendable (Observation) -> Bool
    ) {
        self.names = Set(names)
        self.isByWords = isByWords
        self.condition = condition
    }

    public func matches(_ observation: Observation) -> Bool {
        names.contains(observation.name) && condition(observation)
    }
}

extension SymptomPattern {
    /// - Parameters:
    ///   - component: what stands at the address; nil for any.
    ///   - manners: any of them; none for all.
    static func noConnection(
        to component: Component? = nil, _ manners: NoConnection.Manner...
    ) -> SymptomPattern {
        SymptomPattern(names(.noConnection, manners)) { observation in
            component == nil || observation.symptom.component == component
        }
    }

    static func certificate(
        of component: Component? = nil, _ defects: CertificateProblem.Defect...
    ) -> SymptomPattern {
        SymptomPattern(names(.certificate, defects)) { observation in
            component == nil || observation.symptom.component == component
        }
    }

    /// An answer over HTTP; every given condition must hold.
    ///
    /// - Parameter says: words of the answer itself, as alternatives.
    static func answer(
        of component: Component? = nil, status: Set<Int> = [], by responders: Set<Responder> = [],
        pathContains parts: [String] = [], says: [[String]] = []
    ) -> SymptomPattern {
        let phrases = Words.phrases(says)
        return SymptomPattern([Symptom.Kind.answer.rawValue], isByWords: !says.isEmpty) { observation in
            guard case .answer(let answer) = observation.symptom else { return false }
            return (component == nil || answer.component == component)
                && (status.isEmpty || status.contains(answer.status))
                && (responders.isEmpty || responders.contains(answer.responder))
                && (parts.isEmpty || parts.contains { answer.path.contains($0) })
                && (phrases.isEmpty || observation.words.mention(anyOf: phrases))
        }
    }

    /// An error of a component in its own words, seen by the check or reported by another component.
    static func error(
        of component: Component? = nil, _ reasons: ForeignError.Reason..., codes: Set<String> = [],
        says: [[String]] = []
    ) -> SymptomPattern {
        let phrases = Words.phrases(says)
        return SymptomPattern(names(.error, reasons) + names(.report, reasons), isByWords: !says.isEmpty) {
            observation in
            let error: ForeignError
            switch observation.symptom {
            case .error(let own): error = own
            case .report(_, let told): error = told
            default: return false
            }
            return (component == nil || error.component == component)
                && (codes.isEmpty && phrases.isEmpty || codes.contains(error.code)
                    || observation.words.mention(anyOf: phrases))
        }
    }

    /// Words of the other side, in whatever symptom they come.
    ///
    /// - Parameter component: what the check must have gone to; nil for any.
    static func says(_ alternatives: [[String]], without: [String] = [], through component: Component? = nil)
        -> SymptomPattern
    {
        let kinds: [Symptom.Kind] = [.answer, .error, .report, .ailment]
        let (phrases, excluded) = (Words.phrases(alternatives), Words.phrases(without.map { [$0] }))
        return SymptomPattern(
            Symptom.names.filter { name in kinds.contains { name.hasPrefix($0.rawValue) } }, isByWords: true
        ) {
            observation in
            observation.words.mention(anyOf: phrases) && !observation.words.mention(anyOf: excluded)
                && (component.map(observation.path.components.contains) ?? true)
        }
    }

    static func deviation(of component: Component? = nil, _ aspects: Deviation.Aspect...) -> SymptomPattern {
        SymptomPattern(names(.deviation, aspects)) { observation in
            component == nil || observation.symptom.component == component
        }
    }

    static func misrouted(
        _ service: Service? = nil, to responder: Responder, pathPrefix: String = ""
    ) -> SymptomPattern {
        SymptomPattern([Symptom.Kind.misrouted.rawValue]) { observation in
            guard case .misrouted(let misrouting) = observation.symptom else { return false }
            return (service == nil || misrouting.service == service) && misrouting.got == responder
                && misrouting.path.hasPrefix(pathPrefix)
        }
    }

    /// - Parameter kinds: of the resource; none for any.
    static func missing(_ kinds: Component.Kind...) -> SymptomPattern {
        SymptomPattern([Symptom.Kind.missing.rawValue]) { observation in
            kinds.isEmpty || observation.symptom.component.map { kinds.contains($0.kind) } ?? false
        }
    }

    /// - Parameters:
    ///   - part: must stand in the component's name.
    ///   - says: words of the other side.
    static func ailment(
        _ states: Ailment.State..., named part: String = "", says: [[String]] = []
    ) -> SymptomPattern {
        let phrases = Words.phrases(says)
        return SymptomPattern(names(.ailment, states), isByWords: !says.isEmpty) { observation in
            (part.isEmpty || observation.symptom.component?.name.contains(part) ?? false)
                && (phrases.isEmpty || observation.words.mention(anyOf: phrases))
        }
    }

    static func setting(of kind: Component.Kind? = nil, _ defects: SettingProblem.Defect...) -> SymptomPattern {
        SymptomPattern(names(.setting, defects)) { observation in
            kind == nil || observation.symptom.component?.kind == kind
        }
    }

    static func breaker(_ defects: BreakerDefect...) -> SymptomPattern {
        SymptomPattern(names(.breaker, defects)) { _ in true }
    }

    static func lost(_ parts: Loss...) -> SymptomPattern { SymptomPattern(names(.lost, parts)) { _ in true } }

    static func artifactChanged(_ changes: ArtifactChange...) -> SymptomPattern {
        SymptomPattern(names(.artifactChanged, changes)) { _ in true }
    }

    /// One of the cases that have no detail.
    static func any(_ kind: Symptom.Kind) -> SymptomPattern { SymptomPattern([kind.rawValue]) { _ in true } }

    private static func names<Detail: RawRepresentable<String> & CaseIterable>(
        _ kind: Symptom.Kind, _ details: [Detail]
    ) -> [String] {
        (details.isEmpty ? Array(Detail.allCases) : details).map { Symptom.name(kind, $0) }
    }
}
