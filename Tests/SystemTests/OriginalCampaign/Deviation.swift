import RunModel

/// A test that does not pass on a profile because the deployment was built so, and what it must say then.
struct Deviation: Sendable {
    var id: CheckID
    /// `failed` where the contract predicts the deviation, `skipped` where the profile does not report what is asked for.
    var status = Status.failed
    /// A part of what the test says.
    var says: String
    /// Where the contract predicts it.
    var contract: String

    init(_ id: CheckID, _ says: String, _ contract: String, status: Status = .failed) {
        self.id = id
        self.says = says
        self.contract = contract
        self.status = status
    }

    /// The current deployment: detailed health and the open breaker's answer are 500 (§2.2), the back-off does not grow
    /// (§5.4.1), dependency checks stall liveness (§5.6, §13). What an open breaker says of itself is hidden (§5.4.3).
    static let ofB: [Deviation] = [
        Deviation("CB-09", "back-off does not grow", "§5.4.1"),
        Deviation("CB-12", "tells no details", "§5.4.3", status: .skipped),
        Deviation("HE-02", "got 500", "§2.2"),
        Deviation("HE-03", "detailed health answers 500", "§2.2"),
        Deviation("HE-04", "detailed health answers 500", "§2.2"),
        Deviation("HE-05", "is a constant", "§2.2", status: .skipped),
        Deviation("HE-14", "got 500", "§2.2"),
        Deviation("HE-18", "got 500", "§2.2"),
        Deviation("HE-23", "detailed health answers 500", "§2.2"),
        Deviation("LD-03", "HTTP_500", "§2.2"),
        Deviation("LD-09", "HTTP_500", "§2.2"),
        Deviation("CH-03", "reports nothing of Redis", "§6.6", status: .skipped),
        Deviation("CH-06", "block the event loop", "§5.6, §13"),
    ]

    /// Between both (§0.1): Redis is wired, so the tests that look at it can see it; an unhealthy service answers 503.
    static let ofM: [Deviation] = ofA.filter { !["HE-01", "HE-05", "CH-03"].contains($0.id) }

    /// The deployment that the original campaign met (§6.2 to §6.5, column A).
    ///
    /// Of the failures of 2025 these are not here, because their cause was in the test and not in the service: CB-17 and
    /// CB-18 gave 0 in code, where it means the default, and not in the environment (§5.1); CB-21 lacked an import; CB-22 and
    /// CB-23 assumed another threshold and timeout; CH-04's mock never asked the breaker.
    static let ofA: [Deviation] = [
        Deviation("CB-08", "the breaker", "§5.4.1"),
        Deviation("CB-12", "tells no details", "§5.4.3", status: .skipped),
        Deviation("HE-01", "redis healthy: got disabled", "§6.3"),
        Deviation("HE-02", "got 500", "§2.2"),
        Deviation("HE-03", "detailed health answers 500", "§2.2"),
        Deviation("HE-04", "detailed health answers 500", "§2.2"),
        Deviation("HE-05", "redis unhealthy: got disabled", "§6.3"),
        Deviation("HE-14", "got 500", "§2.2"),
        Deviation("HE-18", "got 500", "§2.2"),
        Deviation("HE-21", "with Redis down too unhealthy: got degraded", "§2.3"),
        Deviation("HE-22", "at first unhealthy: got degraded", "§2.3"),
        Deviation("HE-23", "detailed health answers 500", "§2.2"),
        Deviation("LD-03", "HTTP_500", "§2.2"),
        Deviation("LD-09", "HTTP_500", "§2.2"),
        Deviation("CH-02", "overall unhealthy: got degraded", "§2.3"),
        Deviation("CH-03", "Redis both healthy and not healthy: got disabled", "§6.5"),
        Deviation("CH-06", "external_api unhealthy or degraded: got healthy", "§2.3, §6.5"),
        Deviation("CH-09", "got unhealthy, degraded, degraded, healthy", "§2.3"),
    ]
}

/// Expected versus got of a whole campaign.
struct CampaignComparison {
    let deviations: [CheckID: Deviation]
    let results: [CheckResult]

    init(_ deviations: [Deviation], _ results: [CheckResult]) {
        self.deviations = Dictionary(uniqueKeysWithValues: deviations.map { ($0.id, $0) })
        self.results = results.sorted { $0.id < $1.id }
    }

    /// What is not as predicted, one line each.
    var surprises: [String] {
        results.compactMap { result in
            guard let deviation = deviations[result.id] else {
                return result.status == .passed ? nil : "\(result.id): expected passed, got \(result.outcome)"
            }
            let isPredicted = result.status == deviation.status && "\(result.outcome)".contains(deviation.says)
            return isPredicted
                ? nil : "\(result.id): expected \(deviation.status) ‘\(deviation.says)’, got \(result.outcome)"
        }
    }

    /// The rows that do not pass, or were not to pass, as a Markdown table.
    var table: String {
        let rows = results.filter { $0.status != .passed || deviations[$0.id] != nil }.map { result in
            let deviation = deviations[result.id]
            let expected = deviation.map { "\($0.status): \($0.says) (\($0.contract))" } ?? "passed"
            return "| \(result.id) | \(expected) | \(result.status): \(result.outcome.message) |"
        }
        return (["| Test | Expected | Got |", "| --- | --- | --- |"] + rows).joined(separator: "\n")
    }

    /// The time that the tests took one by one, added up.
    var sequentialTime: Duration { results.reduce(.zero) { $0 + $1.duration } }
}
