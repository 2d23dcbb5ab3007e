import Formats
import Glibc

/// Why a name has no address.
public struct NameResolutionError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Kind: String, Sendable, Codable {
        case notFound, temporaryFailure, timeout, cancelled, other
    }

    public let kind: Kind
    public let name: String
    public let message: String

    public init(kind: Kind, name: String, message: String) {
        self.kind = kind
        self.name = name
        self.message = message
    }

    public var description: String { "could not resolve \(name): \(message)" }
}

/// Names to addresses through the system's resolver, which knows `/etc/hosts` and the search domains.
public enum NameResolver {
    /// Every address of a name in the system's order, without repetition.
    /// A numeric address is answered as it is; names under `localhost` are loopback by RFC 6761.
    public static func addresses(
        of name: String, within limit: Duration
    ) async throws(NameResolutionError) -> [IPAddress] {
        if let address = IPAddress(name) { return [address] }
        if name.lowercased().hasSuffix(".localhost") {
            return ["127.0.0.1", "::1"].compactMap { IPAddress($0) }
        }
        let completion = await DedicatedThread.run(named: "resolver", until: .now.advanced(by: limit)) {
            look(up: name)
        }
        switch completion {
        case .finished(.success(let addresses)): return addresses
        case .finished(.failure(let error)): throw error
        case .timedOut:
            throw NameResolutionError(
                kind: .timeout, name: name, message: "no answer from the resolver within \(limit)")
        case .cancelled: throw NameResolutionError(kind: .cancelled, name: name, message: "cancelled")
        }
    }

    private static func look(up name: String) -> Result<[IPAddress], NameResolutionError> {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(name, nil, &hints, &list)
        guard status == 0 else {
            let kind: NameResolutionError.Kind =
                switch status {
                case EAI_NONAME, -5: .notFound
                case EAI_AGAIN: .temporaryFailure
                default: .other
                }
            return .failure(.init(kind: kind, name: name, message: String(cString: gai_strerror(status))))
        }
        defer { freeaddrinfo(list) }
        var addresses: [IPAddress] = []
        var entry = list
        while let current = entry?.pointee {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let length = socklen_t(text.count)
            if getnameinfo(current.ai_addr, current.ai_addrlen, &text, length, nil, 0, NI_NUMERICHOST) == 0 {
                let numeric = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                if let address = IPAddress(numeric), !addresses.contains(address) { addresses.append(address) }
            }
            entry = current.ai_next
        }
        return .success(addresses)
    }
}
