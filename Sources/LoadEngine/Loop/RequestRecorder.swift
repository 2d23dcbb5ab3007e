/// What one event loop counts of one kind of request. Arrays of fixed size and histograms: nothing is allocated for a
/// request that goes well.
struct RequestRecorder {
    private var total = LoadStatistics()
    private var statuses = [Int](repeating: 0, count: 1000)
    /// Of the current second.
    private var second: KindSecond?
    private let kind: Int

    init(kind: Int) { self.kind = kind }

    /// The times of one ended request in nanoseconds; nil for what did not happen.
    struct Times {
        var response: Int64?
        var service: Int64 = 0
        var firstByte: Int64?
        var connect: Int64?
        var tls: Int64?
        var isResumed = false
    }

    mutating func record(_ times: Times, status: Int?, failure: String?, bodyBytes: Int) {
        total.completed += 1
        total.bodyBytes += bodyBytes
        if let failure { total.errors[failure, default: 0] += 1 } else { total.successful += 1 }
        if let status { statuses[min(max(status, 0), 999)] += 1 }
        if second == nil { second = KindSecond(kind: kind) }
        second?.completed += 1
        if let failure {
            second?.failed += 1
            second?.errors[failure, default: 0] += 1
        }
        if let response = times.response {
            total.responseTime.record(nanoseconds: response)
            total.serviceTime.record(nanoseconds: times.service)
            second?.responseTime.record(nanoseconds: response)
        }
        if let firstByte = times.firstByte { total.firstByte.record(nanoseconds: firstByte) }
        if let connect = times.connect { total.connect.record(nanoseconds: connect) }
        if let tls = times.tls {
            total.recordHandshake(nanoseconds: tls, isResumed: times.isResumed)
        }
    }

    /// The figures since the last call, nil when nothing happened.
    mutating func takeSecond() -> KindSecond? {
        defer { second = nil }
        return second
    }

    var statistics: LoadStatistics {
        var statistics = total
        for (status, count) in statuses.enumerated() where count > 0 { statistics.statuses[status] = count }
        return statistics
    }
}

/// What one event loop saw of one kind of request in one second.
struct KindSecond: Sendable {
    var kind: Int
    var completed = 0
    var failed = 0
    var errors: [String: Int] = [:]
    var responseTime = LatencyHistogram()
}

/// What one event loop saw in one second.
struct LoopSecond: Sendable {
    var loop: Int
    var second: Int
    var started: Int
    /// Requests × nanoseconds.
    var inFlightArea: Double
    var kinds: [KindSecond]
}

/// What one event loop leaves behind.
struct LoopResult: Sendable {
    var loop: Int
    var statistics: [LoadStatistics]
    var figures: GeneratorFigures
    var inFlightArea: Double
    var endedAt: Int64
    /// When nothing more was going to be started.
    var lastStartAt: Int64
}
