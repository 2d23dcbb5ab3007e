/// The figures of one kind of request, or of all together. Two of them merge without loss.
public struct LoadStatistics: Hashable, Sendable, Codable {
    /// Requests that ended: with an answer, an error or at their deadline.
    public var completed = 0
    /// Answers that met their expectation.
    public var successful = 0
    /// By kind: `HTTP_503`, a transport error's name such as `connection-refused`, or `check:…`.
    public var errors: [String: Int] = [:]
    /// Answers by status.
    public var statuses: [Int: Int] = [:]
    /// Bytes of bodies received.
    public var bodyBytes = 0
    /// From the planned start to the last byte, of every answer and, as a lower bound, of every time-out.
    public var responseTime = LatencyHistogram()
    /// From sending to the last byte, of the same requests.
    public var serviceTime = LatencyHistogram()
    /// From sending to the first byte, of answers.
    public var firstByte = LatencyHistogram()
    /// TCP handshakes, of requests that opened a connection.
    public var connect = LatencyHistogram()
    /// Full TLS handshakes, of requests that made one.
    public var tls = LatencyHistogram()
    /// TLS handshakes that resumed the session of an earlier connection; nil when there was none.
    public var tlsResumed: LatencyHistogram?

    public init() {}

    public var failed: Int { completed - successful }
    public var errorRate: Double { completed == 0 ? 0 : Double(failed) / Double(completed) }
    public var answered: Int { statuses.values.reduce(0, +) }

    public mutating func add(_ other: LoadStatistics) {
        completed += other.completed
        successful += other.successful
        errors.merge(other.errors, uniquingKeysWith: +)
        statuses.merge(other.statuses, uniquingKeysWith: +)
        bodyBytes += other.bodyBytes
        responseTime.add(other.responseTime)
        serviceTime.add(other.serviceTime)
        firstByte.add(other.firstByte)
        connect.add(other.connect)
        tls.add(other.tls)
        if let resumed = other.tlsResumed {
            if tlsResumed == nil { tlsResumed = LatencyHistogram() }
            tlsResumed?.add(resumed)
        }
    }

    mutating func recordHandshake(nanoseconds: Int64, isResumed: Bool) {
        guard isResumed else { return tls.record(nanoseconds: nanoseconds) }
        if tlsResumed == nil { tlsResumed = LatencyHistogram() }
        tlsResumed?.record(nanoseconds: nanoseconds)
    }
}

extension LatencyHistogram: Hashable {
    public func hash(into hasher: inout Hasher) { hasher.combine(count) }
}
