import RunModel

/// Failures that look alike: what they show, how often, and where.
struct ErrorPattern {
    /// The symptom in one line, without what differs from check to check.
    let fingerprint: String
    let checks: [CheckID]
    /// The words of one of them.
    let example: String

    static func all(in results: [CheckResult]) -> [ErrorPattern] {
        var groups: [String: [CheckResult]] = [:]
        for result in results where [.failed, .timeout, .error].contains(result.status) {
            groups[fingerprint(of: result.outcome), default: []].append(result)
        }
        return groups.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }.map { fingerprint, results in
            ErrorPattern(
                fingerprint: fingerprint, checks: results.map(\.id), example: results.first?.outcome.message ?? "")
        }
    }

    private static func fingerprint(of outcome: Outcome) -> String {
        switch outcome {
        case .timeout: return "no result within the check's deadline"
        case .error: return "Plumbline could not carry out the check"
        default: break
        }
        switch outcome.symptom {
        case .answer(let answer)?:
            return "\(answer.component): \(answer.method) \(EndpointRow.page(answer.path)) answers \(answer.status)"
        case .noConnection(let problem)?: return "\(problem.component): no connection (\(problem.manner.rawValue))"
        case .error(let error)?, .report(_, let error)?:
            return "\(error.component): \(error.reason.rawValue)\(error.code.isEmpty ? "" : " \(error.code)")"
        case .excess(let excess)?: return "\(excess.component): too much \(excess.quantity.rawValue)"
        case .deviation(let deviation)?: return "\(deviation.component): another \(deviation.aspect.rawValue)"
        case let symptom?:
            return "\(symptom.component.map { "\($0): " } ?? "")\(symptom.kind.rawValue)"
        case nil: return "no symptom was recorded"
        }
    }
}
