import Formats
import Synchronization

/// The defects that show on the wire: it spoils finished answers, knowing nothing of how they came about.
final class ResponseTampering: Sendable {
    private let defects: DefectSet
    private let pause: @Sendable (Double) async -> Void
    private let counts = Mutex<[String: Int]>([:])
    private let firstSick = Mutex<ServiceResponse?>(nil)

    init(defects: DefectSet, pause: @escaping @Sendable (Double) async -> Void) {
        self.defects = defects
        self.pause = pause
    }

    func apply(to answer: ServiceResponse, template: String, request: ServiceRequest) async -> ServiceResponse {
        let count = counts.withLock { counts in
            counts[template, default: 0] += 1
            return counts[template] ?? 0
        }
        switch template {
        case "/health": return await health(answer, count: count, isDetailed: request.query("detailed") != nil)
        case "/ready": return ready(answer, count: count)
        case "/live": return live(answer)
        case "/version": return edited(answer, .versionWrong) { $0["version"] = "0.0.0" }
        case "/health/status": return defects.contains(.status500) ? .internalError : answer
        case "/health/mlflow": return mlflow(answer)
        case "/health/mlflow/reset": return reset(answer)
        default: return answer
        }
    }

    private func health(_ original: ServiceResponse, count: Int, isDetailed: Bool) async -> ServiceResponse {
        var answer = original
        if let seconds = defects.amount(.healthSlow) { await pause(seconds) }
        if let seconds = defects.amount(.slowLoad), count > 40 { await pause(seconds) }
        if defects.contains(.health500) { return .internalError }
        if defects.contains(.detailed500), isDetailed { return .internalError }
        if let every = defects.amount(.loadErrors), every >= 1, count.isMultiple(of: Int(clamping: every)) {
            return .internalError
        }
        let isSick = answer.json?["status"]?.string != "healthy"
        if defects.contains(.staysUnhealthy) {
            let kept = firstSick.withLock { first in
                if first == nil, isSick { first = original }
                return first
            }
            if let kept { return kept }
        }
        if defects.contains(.degradedHealth503), isSick { answer.status = 503 }
        if defects.contains(.flappingHealth), count.isMultiple(of: 2) { answer.json?["status"] = "degraded" }
        return edited(answer, .healthMissingTimestamp) { $0["timestamp"] = nil }
    }

    private func ready(_ original: ServiceResponse, count: Int) -> ServiceResponse {
        var answer = original
        if let every = defects.amount(.readyErrors), every >= 1, count.isMultiple(of: Int(clamping: every)) {
            return .internalError
        }
        let forced: Bool? =
            defects.contains(.readyAlways200) ? true : defects.contains(.readyAlways503) ? false : nil
        if let forced {
            answer.status = forced ? 200 : 503
            answer.json?["ready"] = .bool(forced)
            answer.json?["can_serve_traffic"] = .bool(forced)
            answer.json?["degraded_mode"] = false
        }
        return answer
    }

    private func live(_ answer: ServiceResponse) -> ServiceResponse {
        if defects.contains(.live500) { return .internalError }
        return edited(answer, .liveWithoutMemory) { $0["memory_usage_mb"] = nil }
    }

    private func mlflow(_ original: ServiceResponse) -> ServiceResponse {
        var answer = original
        if defects.contains(.healthMLflowHidesError), answer.status == 500 { answer.status = 200 }
        if defects.contains(.openAnswers200), answer.status == 503 { answer.status = 200 }
        return answer
    }

    private func reset(_ answer: ServiceResponse) -> ServiceResponse {
        if defects.contains(.resetReturns500) { return .detail(500, "Reset failed: switched off") }
        if defects.contains(.resetHidesError), answer.status == 500 {
            return .json(200, ["message": "Circuit breaker reset successfully"])
        }
        return edited(answer, .resetMissingField) { $0["reset_by"] = nil }
    }

    private func edited(
        _ answer: ServiceResponse, _ defect: Defect, _ edit: (inout JSONValue) -> Void
    ) -> ServiceResponse {
        guard defects.contains(defect), var body = answer.json else { return answer }
        edit(&body)
        var answer = answer
        answer.json = body
        return answer
    }
}
