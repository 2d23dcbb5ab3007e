/// Why the fault proxy refused a request, with the HTTP status that Toxiproxy answers in that case.
enum FaultProxyError: Error, Equatable {
    case badRequest(String)
    case missingField(String)
    case invalidStream(String)
    case invalidToxicType(String)
    case proxyNotFound(String)
    case proxyExists(String)
    case toxicNotFound(String)
    case toxicExists(String)
    case cannotListen(address: String, reason: String)

    var status: Int {
        switch self {
        case .badRequest, .missingField, .invalidStream, .invalidToxicType: 400
        case .proxyNotFound, .toxicNotFound: 404
        case .proxyExists, .toxicExists: 409
        case .cannotListen: 500
        }
    }
}

extension FaultProxyError: CustomStringConvertible {
    var description: String {
        switch self {
        case .badRequest(let reason): "bad request body: \(reason)"
        case .missingField(let name): "missing required field: \(name)"
        case .invalidStream(let got): "stream was '\(got)', expected upstream or downstream"
        case .invalidToxicType(let got): "invalid toxic type '\(got)'"
        case .proxyNotFound(let name): "proxy not found: \(name)"
        case .proxyExists(let name): "proxy already exists: \(name)"
        case .toxicNotFound(let name): "toxic not found: \(name)"
        case .toxicExists(let name): "toxic already exists: \(name)"
        case .cannotListen(let address, let reason): "cannot listen on \(address): \(reason)"
        }
    }
}
