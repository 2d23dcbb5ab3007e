extension Defect {
    /// One line on what goes wrong.
    var summary: String {
        switch self {
        case .breakerStartsOpen: "The breaker is open from the start and again after each reset."
        case .breakerNeverOpens: "The breaker stays closed however many failures it counts."
        case .breakerOpensLate: "The breaker needs one failure more than its threshold."
        case .failureCountNotIncremented: "Failures are not counted."
        case .successDoesNotDecrement: "A success while closed leaves the failure count as it was."
        case .neverHalfOpen: "An open breaker never lets a trial call through."
        case .halfOpensAtOnce: "An open breaker does not wait for its recovery timeout."
        case .halfOpenSuccessDoesNotClose: "Successes while half-open never close the breaker."
        case .firstSuccessCloses: "The first success while half-open closes the breaker."
        case .halfOpenFailureStays: "A failure while half-open does not open the breaker again."
        case .consecutiveSuccessesNotReset: "A failure keeps the count of consecutive successes."
        case .recoveryAttemptsNotCounted: "Recovery attempts stay at zero."
        case .backOffNeverGrows: "The wait after the last recovery attempt is as short as the first."
        case .neverRetriesAfterMaximum: "Once the recovery attempts are used up the breaker stays open forever."
        case .resetDoesNothing: "The reset answers success and changes nothing."
        case .resetKeepsCounters: "The reset closes the breaker and keeps its counters."
        case .timeUntilRetryNegative: "The time until the next try is negative while open."
        case .lastFailureInFuture: "The last failure is reported an hour ahead."
        case .ignoresEnvironment: "The breaker ignores its environment variables."
        case .zeroThresholdIgnored: "A threshold of 0 in the environment becomes the default."
        case .zeroTimeoutIgnored: "A recovery timeout of 0 in the environment becomes the default."
        case .statusFieldMissing: "The breaker's status lacks failure_count and failure_threshold."
        case .probeAlwaysSucceeds: "MLflow is called connected without being asked."
        case .probeAlwaysFails: "MLflow is called not connected without being asked."
        case .health500: "GET /health answers 500."
        case .healthSlow: "GET /health waits N seconds (health-slow=N, default 6)."
        case .healthMissingTimestamp: "GET /health carries no timestamp."
        case .detailed500: "GET /health?detailed=true answers 500."
        case .overallAlwaysHealthy: "GET /health says healthy whatever its services say."
        case .overallNeverUnhealthy: "GET /health never says worse than degraded."
        case .recoveringReportedHealthy: "A half-open breaker is reported as a healthy MLflow."
        case .reasonTextMissing: "Detailed health does not say why MLflow is degraded or recovering."
        case .timeoutTextMissing: "Detailed health does not say that a dependency timed out."
        case .staysUnhealthy: "After its first answer that was not healthy, GET /health repeats it."
        case .flappingHealth: "Every second GET /health says degraded."
        case .degradedHealth503: "GET /health answers 503 when it is not healthy."
        case .redisFailureBreaksHealth: "GET /health answers 500 when Redis fails."
        case .redisFailureHidden: "Redis is called healthy without being asked."
        case .queueFailureBreaksHealth: "GET /health answers 500 when the message queue fails."
        case .latencyAmplified: "A dependency slower than 80 ms makes GET /health wait N more seconds (default 6)."
        case .loadErrors: "Every Nth GET /health answers 500 (load-errors=N, default 3)."
        case .slowLoad: "GET /health waits N seconds (slow-load=N, default 7) once 40 have been answered."
        case .readyAlways200: "GET /ready answers 200 and ready whatever the checks say."
        case .readyAlways503: "GET /ready answers 503 whatever the checks say."
        case .readyMLflowCritical: "MLflow counts as critical in GET /ready."
        case .readyRecoveringFails: "A half-open breaker makes GET /ready not ready."
        case .readyErrors: "Every Nth GET /ready answers 500 (ready-errors=N, default 5)."
        case .live500: "GET /live answers 500."
        case .liveWithoutMemory: "GET /live carries no memory_usage_mb."
        case .memoryLibraryMissing: "Build variant without the memory library: GET /live reports 0."
        case .memoryFallbackRaises: "Without the memory library GET /live answers 500."
        case .mlflowFailureBreaksLive: "GET /live answers 500 while MLflow fails."
        case .versionWrong: "GET /version says 0.0.0."
        case .status500: "GET /health/status answers 500."
        case .metricsWithoutGauges: "GET /metrics lacks the breaker and connection gauges."
        case .metricsLibraryMissing: "Build variant without the metrics library: GET /metrics is JSON counters."
        case .metricsFallbackRaises: "Without the metrics library GET /metrics answers 500."
        case .healthMLflowRaises: "The MLflow status raises: GET /health/mlflow answers 500 with state UNKNOWN."
        case .healthMLflowHidesError: "An error of the MLflow status is answered as 200."
        case .openAnswers200: "GET /health/mlflow answers 200 while the breaker is open."
        case .resetReturns500: "POST /health/mlflow/reset resets and answers 500."
        case .resetRaises: "The reset raises: POST /health/mlflow/reset answers 500 with the reason."
        case .resetHidesError: "An error of the reset is answered as 200."
        case .resetMissingField: "POST /health/mlflow/reset carries no reset_by."
        }
    }

    /// The number used when the switch is given without one.
    var defaultAmount: Double? {
        switch self {
        case .healthSlow, .latencyAmplified: 6
        case .slowLoad: 7
        case .loadErrors: 3
        case .readyErrors: 5
        default: nil
        }
    }

    /// The property of the breaker this switch breaks, if it is one.
    var flaw: BreakerFlaw? {
        switch self {
        case .breakerStartsOpen: .startsOpen
        case .breakerNeverOpens: .neverOpens
        case .breakerOpensLate: .opensOneFailureLate
        case .failureCountNotIncremented: .failuresNotCounted
        case .successDoesNotDecrement: .successDoesNotLowerFailures
        case .neverHalfOpen: .neverHalfOpen
        case .halfOpensAtOnce: .halfOpensWithoutWaiting
        case .halfOpenSuccessDoesNotClose: .halfOpenSuccessDoesNotClose
        case .firstSuccessCloses: .firstSuccessCloses
        case .halfOpenFailureStays: .halfOpenFailureStays
        case .consecutiveSuccessesNotReset: .failureKeepsSuccesses
        case .recoveryAttemptsNotCounted: .attemptsNotCounted
        case .neverRetriesAfterMaximum: .givesUpAfterMaximum
        case .resetDoesNothing: .resetDoesNothing
        case .resetKeepsCounters: .resetKeepsCounters
        case .timeUntilRetryNegative: .timeUntilRetryNegative
        case .lastFailureInFuture: .lastFailureInFuture
        default: nil
        }
    }
}

extension Defect {
    /// Every switch with its line and the tests it turns red, as `--list-defects` prints them.
    static var catalogue: JSONValue {
        .array(
            allCases.map { defect in
                [
                    "name": .string(defect.rawValue), "summary": .string(defect.summary),
                    "default_amount": .optional(defect.defaultAmount),
                    "breaks": .array(defect.breaks.map(JSONValue.string)),
                ]
            })
    }
}
