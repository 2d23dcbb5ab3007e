/// One look at MLflow: two experiments are looked up by name, several times on failure (contract §5.5).
struct MLflowProbe: Sendable {
    struct Outcome: Sendable, Equatable {
        var isConnected: Bool
        /// Seconds the successful attempt took.
        var duration: Double?
        var error: String?
        var errorType: String?
    }

    /// The names the original asks for; neither needs to exist.
    private static let experiments = ["default", "health-check-test"]

    var access: MLflowAccess
    var attempts: Int
    var retriesTimeouts: Bool

    func run() async -> Outcome {
        var failure = MLflowAccess.Failure(type: "MlflowException", message: "not tried")
        var pause = access.settings.probeRetryPause
        for attempt in 1...attempts {
            let start = access.dependencies.now()
            do throws(MLflowAccess.Failure) {
                for name in Self.experiments { try await lookUp(name) }
                return Outcome(isConnected: true, duration: access.dependencies.now() - start)
            } catch {
                failure = error
            }
            guard attempt < attempts, retriesTimeouts || !failure.isTimeout else { break }
            await access.dependencies.pause(pause)
            pause *= 2
        }
        return Outcome(isConnected: false, error: failure.message, errorType: failure.type)
    }

    private func lookUp(_ name: String) async throws(MLflowAccess.Failure) {
        do throws(MLflowAccess.Failure) {
            _ = try await access.call("GET", "experiments/get-by-name", query: [("experiment_name", name)])
        } catch {
            // The SDK turns this answer into "there is none": MLflow is well.
            guard error.code == "RESOURCE_DOES_NOT_EXIST" else { throw error }
        }
    }
}
