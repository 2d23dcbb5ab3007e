import Synchronization

/// The warm-up of one large model at start, which profile B counts into readiness (contract §2.2).
final class Model30: Sendable {
    enum State: String, Sendable {
        case notStarted = "not_started"
        case warming
        case warmed
        case failed
    }

    struct Record: Sendable {
        var state = State.notStarted
        var warmedAt: Double?
        var lastError: String?
        /// Seconds.
        var duration: Double?
    }

    let isEnabled: Bool
    private let record = Mutex(Record())

    init(isEnabled: Bool) { self.isEnabled = isEnabled }

    var current: Record { record.withLock { $0 } }

    /// Whether readiness waits for it.
    var blocksTraffic: Bool { isEnabled && [.notStarted, .warming].contains(current.state) }

    /// Loads the model once: here that is finding it in the registry.
    func warm(_ mlflow: MLflowAccess) async {
        guard isEnabled else { return }
        let start = mlflow.dependencies.now()
        record.withLock { $0.state = .warming }
        do throws(MLflowAccess.Failure) {
            _ = try await mlflow.call("GET", "registered-models/get", query: [("name", "30")], deadline: 60)
            let end = mlflow.dependencies.now()
            record.withLock { $0 = Record(state: .warmed, warmedAt: end, duration: end - start) }
        } catch {
            let end = mlflow.dependencies.now()
            let message = error.message
            record.withLock { $0 = Record(state: .failed, lastError: message, duration: end - start) }
        }
    }
}

extension Model30.Record {
    var body: JSONValue {
        [
            "warmed": .bool(state == .warmed), "state": .string(state.rawValue),
            "warmed_at": .optional(warmedAt.map(Moment.naive)), "last_error": .optional(lastError),
            "duration_ms": .optional(duration.map { $0 * 1000 }),
        ]
    }
}
