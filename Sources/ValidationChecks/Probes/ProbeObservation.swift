import Formats
import Foundation
import HTTPClient
import RunModel
import Secrets

/// What a probe saw, by the names that conditions use.
struct ProbeObservation: Sendable {
    var values: [String: String]
    var headers: HTTPHeaders = []
    var json: JSONValue?
    /// Wrong whatever the conditions say.
    var problem: String?

    init(values: [String: String]) {
        self.values = values
    }

    init(_ response: HTTPResponse) {
        values = [
            "status": "\(response.status)", "time": "\(response.timing.total.milliseconds)ms", "body": response.text,
        ]
        if let end = response.certificates.first?.notAfter {
            values["certificate_days"] = "\((end.timeIntervalSinceNow / 86_400).rounded(.down).wholeText)"
        }
        headers = response.headers
        json = try? response.json(JSONValue.self)
    }

    static func unreadable(_ problem: String) -> ProbeObservation {
        var observation = ProbeObservation(values: [:])
        observation.problem = problem
        return observation
    }

    /// The value a condition looks at; nil when there is none.
    func value(of subject: String) -> String? {
        if subject.hasPrefix("header.") { return headers[String(subject.dropFirst(7))] }
        if subject.hasPrefix("json.") { return json?.at(String(subject.dropFirst(5)))?.text }
        return values[subject]
    }

    /// All conditions, each failure with the value that was there.
    func judge(_ conditions: [ProbeCondition]) -> Outcome {
        if let problem { return .failed(.suite(.condition), problem, expected: "a usable answer", got: problem) }
        var failures: [(condition: ProbeCondition, got: String)] = []
        for condition in conditions {
            guard let observed = value(of: condition.subject) else {
                failures.append((condition, "\(condition.subject) is missing"))
                continue
            }
            let shown = observed.excerpt(120)
            switch condition.holds(for: observed) {
            case true: continue
            case false: failures.append((condition, "\(condition.subject) is \(shown)"))
            default: failures.append((condition, "\(condition.subject) is \(shown), which cannot be compared"))
            }
        }
        guard failures.isEmpty else {
            return .failed(
                .suite(.condition),
                "\(failures.count) of \(conditions.count) conditions do not hold",
                expected: failures.map(\.condition.text).joined(separator: "; "),
                got: failures.map(\.got).joined(separator: "; "))
        }
        return .passed(conditions.map { "\($0.subject) \(shown($0.subject)) (\($0.text))" }.joined(separator: ", "))
    }

    private func shown(_ subject: String) -> String {
        let text = value(of: subject) ?? ""
        return text.excerpt(60)
    }
}
