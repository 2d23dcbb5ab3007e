/// Rules by the symptoms that they may match, so that an observation is held against those alone.
struct RuleBook: Sendable {
    private let rules: [Rule]
    /// Places of the rules by the names of symptoms, each in the order in which the rules stand.
    private let places: [String: [Int]]

    init(_ rules: [Rule]) {
        var places: [String: [Int]] = [:]
        for (place, rule) in rules.enumerated() {
            for name in rule.symptoms.reduce(into: Set<String>(), { $0.formUnion($1.names) }) {
                places[name, default: []].append(place)
            }
        }
        self.rules = rules
        self.places = places
    }

    /// The first rule that fits what was seen, of those that are meant.
    func first(for observation: Observation, where isMeant: (Rule) -> Bool = { _ in true }) -> Rule? {
        places[observation.name]?.lazy.map { rules[$0] }.first { isMeant($0) && $0.matches(observation) }
    }
}
