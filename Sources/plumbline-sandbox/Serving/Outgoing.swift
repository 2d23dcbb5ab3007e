/// One HTTP call of a service to another.
struct OutgoingCall: Sendable {
    var method = "GET"
    var url: String
    var headers = ServiceHeaders()
    var body: [UInt8]?
    /// Seconds until the call is given up.
    var deadline: Double
}

struct OutgoingAnswer: Sendable {
    var status: Int
    var headers = ServiceHeaders()
    var body: [UInt8] = []

    var json: JSONValue? { JSONValue.parse(body) }
}

/// Why a call brought no answer, as far as the services tell failures apart (contract §3.2, §4.3).
enum OutgoingFailure: Error, Sendable, Equatable {
    case timeout(String)
    /// Refused, no address, no trust: the peer was never spoken to.
    case connect(String)
    case other(String)

    var message: String {
        switch self {
        case .timeout(let text), .connect(let text), .other(let text): text
        }
    }
}

/// The way out over HTTP; tests put another behind it.
typealias Outgoing = @Sendable (OutgoingCall) async throws(OutgoingFailure) -> OutgoingAnswer
