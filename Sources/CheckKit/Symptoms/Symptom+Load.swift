import LoadEngine
import RunModel

extension LoadStatistics {
    /// What was wrong with a load: the status of most of its errors where that says it, else errors, else the time.
    package func symptom(of component: Component, path: String) -> Symptom {
        guard failed > 0, let (kind, _) = errors.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else {
            return .excess(component, .time, path: path)
        }
        // The load engine names answers by their status: `HTTP_503`.
        if kind.hasPrefix("HTTP_"), let status = Int(kind.dropFirst(5)) {
            return .answer(HTTPAnswer(component, path: path, status: status))
        }
        return .excess(component, .errors, path: path)
    }
}

extension LoadReport {
    /// The symptom of the path with the most errors, of all together where none has any.
    package func symptom(of component: Component, paths: [String]) -> Symptom {
        let worst = requests.max { ($0.value.failed, $1.key) < ($1.value.failed, $0.key) }
        guard let worst, worst.value.failed > 0 else {
            return overall.symptom(of: component, path: paths.joined(separator: " "))
        }
        return worst.value.symptom(of: component, path: worst.key)
    }
}
