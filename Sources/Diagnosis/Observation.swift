import RunModel

/// What one failed check saw, as rules read it.
public struct Observation: Sendable {
    public let check: CheckID
    public let symptom: Symptom
    /// What the check exercised.
    public let path: Path
    /// The symptom's name and what the other side wrote, worked out once for all rules.
    let name: String
    let words: Words

    /// Nil where the outcome has no symptom: it passed, did not run, ran out of time, or Plumbline broke.
    public init?(_ descriptor: CheckDescriptor, _ result: CheckResult) {
        guard let symptom = result.outcome.symptom else { return nil }
        check = descriptor.id
        self.symptom = symptom
        name = symptom.name
        words = Words(symptom.foreignText)
        path = result.path ?? .declared(by: descriptor)
    }
}
