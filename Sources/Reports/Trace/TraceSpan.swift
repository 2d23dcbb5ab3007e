import Formats
import Foundation
import RunModel

/// A span as OTLP/JSON writes it: ids in hexadecimal digits, not in base64 as protobuf's own JSON has bytes; enumerations as numbers;
/// numbers of 64 bits as texts.
struct TraceSpan: Encodable {
    let traceId: String
    let spanId: String
    /// Nil for a root.
    var parentSpanId: String?
    let name: String
    /// `SPAN_KIND_INTERNAL`.
    let kind = 1
    let startTimeUnixNano: String
    let endTimeUnixNano: String
    /// The trace flags of the W3C in the lowest eight bits, and whether the parent is in another process in the next two.
    let flags: UInt32
    let attributes: [TraceAttribute]
    let events: [TraceEvent]?
    let status: TraceStatus

    init(
        trace: RunTrace, id: String, parent: String?, flags: UInt32, name: String, _ moments: ClosedRange<TraceTime>,
        attributes: [String: TraceValue?], events: [TraceEvent] = [], status: TraceStatus
    ) {
        traceId = trace.traceID
        spanId = id
        parentSpanId = parent
        self.flags = flags
        self.name = name
        startTimeUnixNano = moments.lowerBound.text
        endTimeUnixNano = moments.upperBound.text
        self.attributes = TraceAttribute.list(attributes)
        self.events = events.isEmpty ? nil : events
        self.status = status
    }
}

/// A moment in nanoseconds since 1970. The journal has milliseconds for moments and microseconds for durations.
struct TraceTime: Comparable {
    let nanoseconds: UInt64

    init(_ date: Date) { self.init(milliseconds: UInt64(clamping: date.millisecondsSince1970)) }

    private init(milliseconds: UInt64) {
        let (product, isTooLarge) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        nanoseconds = isTooLarge ? .max : product
    }

    private init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// The moment so much later; nothing lies before 1970 or after what 64 bits can say.
    static func + (time: TraceTime, duration: Duration) -> TraceTime {
        let microseconds = UInt64(clamping: Int64(clamping: (duration.milliseconds * 1000).rounded()))
        let (product, isTooLong) = microseconds.multipliedReportingOverflow(by: 1000)
        let (sum, isTooLate) = time.nanoseconds.addingReportingOverflow(isTooLong ? .max : product)
        return TraceTime(nanoseconds: isTooLate ? .max : sum)
    }

    static func < (left: TraceTime, right: TraceTime) -> Bool { left.nanoseconds < right.nanoseconds }

    var text: String { String(nanoseconds) }
}

struct TraceEvent: Encodable {
    let timeUnixNano: String
    let name: String
    let attributes: [TraceAttribute]

    init(_ name: String, at date: Date, attributes: [String: TraceValue?] = [:]) {
        timeUnixNano = TraceTime(date).text
        self.name = name
        self.attributes = TraceAttribute.list(attributes)
    }
}

/// `STATUS_CODE_UNSET`, `STATUS_CODE_OK`, `STATUS_CODE_ERROR`; only the last may have a message.
struct TraceStatus: Encodable {
    let code: Int
    let message: String?

    static let unset = TraceStatus(code: 0, message: nil)
    static let good = TraceStatus(code: 1, message: nil)
    static func bad(_ message: String) -> TraceStatus { TraceStatus(code: 2, message: message) }

    /// What could not be told is neither.
    static func of(_ outcome: Outcome) -> TraceStatus {
        switch outcome.status {
        case .passed, .flaky: .good
        case .failed, .timeout, .error: .bad(outcome.message)
        case .inconclusive, .blocked, .skipped: .unset
        }
    }
}

struct TraceAttribute: Encodable {
    let key: String
    let value: TraceValue

    /// Sorted by key; what is nil is left out.
    static func list(_ values: [String: TraceValue?]) -> [TraceAttribute] {
        values.compactMap { key, value in value.map { TraceAttribute(key: key, value: $0) } }
            .sorted { $0.key < $1.key }
    }
}

/// `AnyValue`, as far as it is used here.
enum TraceValue: Encodable {
    case text(String)
    case flag(Bool)
    case whole(Int)
    case texts([String])

    private enum Key: String, CodingKey { case stringValue, boolValue, intValue, arrayValue, values }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .text(let text): try container.encode(text, forKey: .stringValue)
        case .flag(let flag): try container.encode(flag, forKey: .boolValue)
        case .whole(let number): try container.encode(String(number), forKey: .intValue)
        case .texts(let texts):
            var array = container.nestedContainer(keyedBy: Key.self, forKey: .arrayValue)
            try array.encode(texts.map(TraceValue.text), forKey: .values)
        }
    }
}
