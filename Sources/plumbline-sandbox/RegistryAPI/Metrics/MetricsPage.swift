/// `/metrics` in Prometheus text (contract §2.6).
struct MetricsPage: Sendable {
    var breaker: MLflowBreaker
    var counters: ProbeCounters
    var profile: Profile
    var trackingURI: String
    var startedAt: Double
    var hidesGauges: Bool

    var text: String {
        var page = PrometheusText()
        addProcess(to: &page)
        if !hidesGauges {
            page.add(
                "mlflow_circuit_breaker_state", "gauge", "MLflow circuit breaker state (0=CLOSED, 1=HALF_OPEN, 2=OPEN)",
                breaker.state.gauge)
            // As built it reads a field that is not there, hence always 0.
            page.add(
                "mlflow_circuit_breaker_failures_total", "gauge", "Total number of MLflow circuit breaker failures",
                profile.metricsObserve ? Double(breaker.failures) : 0)
            page.add(
                "mlflow_connection_status", "gauge", "MLflow connection status (1=connected, 0=disconnected)",
                counters.isConnected ? 1 : 0)
        }
        addCounter("attempts", counters.attempts, to: &page)
        addCounter("failures", counters.failures, to: &page)
        if profile.reportsModel30 {
            page.head(
                "feature_default_applied_total", "counter",
                "Feature default substitutions applied during serving normalization")
        }
        addHistogram(to: &page)
        if profile.exposesMaximumRecoveryAttempts {
            page.add(
                "mlflow_circuit_breaker_wait_seconds", "gauge", "Seconds an open breaker waits before the next try",
                breaker.currentWait)
        }
        page.head("mlflow_info_info", "gauge", "MLflow connection information")
        page.sample(
            "mlflow_info_info", 1,
            labels: [
                "error": counters.error ?? "none",
                "last_failure_time": breaker.lastFailure.map(Moment.naive) ?? "none", "tracking_uri": trackingURI,
            ])
        return page.text
    }

    private func addProcess(to page: inout PrometheusText) {
        page.add(
            "process_virtual_memory_bytes", "gauge", "Virtual memory size in bytes.", SystemUsage.virtualBytes)
        page.add(
            "process_resident_memory_bytes", "gauge", "Resident memory size in bytes.", SystemUsage.residentBytes)
        page.add(
            "process_start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds.", startedAt)
        page.add(
            "process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.",
            SystemUsage.processorSeconds)
        page.add("process_open_fds", "gauge", "Number of open file descriptors.", Double(SystemUsage.openDescriptors))
        page.add("process_max_fds", "gauge", "Maximum number of open file descriptors.", SystemUsage.descriptorLimit)
    }

    private func addCounter(_ word: String, _ value: Int, to page: inout PrometheusText) {
        let help = "Total number of MLflow connection \(word)"
        page.add("mlflow_connection_\(word)_total", "counter", help, Double(value))
        page.add("mlflow_connection_\(word)_created", "gauge", help, counters.created)
    }

    private func addHistogram(to page: inout PrometheusText) {
        let name = "mlflow_response_time_seconds"
        let observes = profile.metricsObserve
        page.head(name, "histogram", "MLflow response time in seconds")
        for (bound, count) in zip(ProbeCounters.bounds, counters.buckets) {
            page.sample(name + "_bucket", observes ? Double(count) : 0, labels: ["le": String(bound)])
        }
        page.sample(name + "_bucket", observes ? Double(counters.observations) : 0, labels: ["le": "+Inf"])
        page.sample(name + "_count", observes ? Double(counters.observations) : 0)
        page.sample(name + "_sum", observes ? counters.sum : 0)
        page.add(name + "_created", "gauge", "MLflow response time in seconds", counters.created)
    }
}

/// Prometheus' text format, version 0.0.4.
struct PrometheusText {
    private(set) var text = ""

    mutating func head(_ name: String, _ type: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    mutating func sample(_ name: String, _ value: Double, labels: KeyValuePairs<String, String> = [:]) {
        let pairs = labels.map { "\($0.key)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
        text += "\(name)\(pairs.isEmpty ? "" : "{\(pairs)}") \(value)\n"
    }

    mutating func add(_ name: String, _ type: String, _ help: String, _ value: Double) {
        head(name, type, help)
        sample(name, value)
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
