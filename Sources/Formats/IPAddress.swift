import Glibc

/// A numeric IP address.
///
/// All spellings of one address are one value: brackets, capital letters and long forms of IPv6 are read, a zone may follow
/// `%` or, as in URLs, `%25` (RFC 6874), and an IPv4-mapped address (`::ffff:10.0.1.7`) is the IPv4 address that it maps.
public struct IPAddress: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The shortest form without brackets (RFC 5952): `10.0.1.7`, `fd00::7`, `fe80::1%eth0`.
    public let text: String
    public let isIPv6: Bool

    /// Nil when the text is no address.
    public init?(_ text: String) {
        var rest = text[...]
        if rest.hasPrefix("["), rest.hasSuffix("]") { rest = rest.dropFirst().dropLast() }
        let number = rest.prefix { $0 != "%" }
        var zone = rest[number.endIndex...].dropFirst()
        if zone.hasPrefix("25"), zone.count > 2 { zone = zone.dropFirst(2) }
        guard number.endIndex == rest.endIndex || !zone.isEmpty else { return nil }
        if let bytes = Self.bytes(of: String(number), AF_INET) {
            guard zone.isEmpty, number.startIndex == text.startIndex else { return nil }
            (self.text, isIPv6) = (Self.text(of: bytes, AF_INET), false)
        } else if let bytes = Self.bytes(of: String(number), AF_INET6) {
            if Array(bytes.prefix(12)) == Self.mapped {
                (self.text, isIPv6) = (Self.text(of: Array(bytes.suffix(4)), AF_INET), false)
            } else {
                (self.text, isIPv6) = (
                    Self.text(of: bytes, AF_INET6) + (zone.isEmpty ? "" : "%" + zone), true
                )
            }
        } else {
            return nil
        }
    }

    public var description: String { text }

    /// 4 or 16 bytes in network order.
    public var bytes: [UInt8] {
        Self.bytes(of: String(text.prefix { $0 != "%" }), isIPv6 ? AF_INET6 : AF_INET) ?? []
    }

    /// The interface of a link-local address, by name or number; nil without one.
    public var zone: String? { text.firstIndex(of: "%").map { String(text[text.index(after: $0)...]) } }

    /// Whether only this machine answers there: 127.0.0.0/8, `::1`, and the unspecified address, which leads here too.
    public var isThisMachine: Bool {
        let bytes = bytes
        if bytes.allSatisfy({ $0 == 0 }) { return true }
        return isIPv6 ? bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1 : bytes.first == 127
    }

    /// Whether the address has a meaning only inside some network: RFC 1918, RFC 4193, link-local.
    public var isPrivate: Bool {
        let bytes = bytes
        if isIPv6 { return bytes[0] & 0xFE == 0xFC || bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80 }
        switch (bytes[0], bytes[1]) {
        case (10, _), (172, 16...31), (192, 168), (169, 254): return true
        default: return false
        }
    }

    private static let mapped: [UInt8] = Array(repeating: 0, count: 10) + [0xFF, 0xFF]

    private static func bytes(of text: String, _ family: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: family == AF_INET6 ? 16 : 4)
        return inet_pton(family, text, &bytes) == 1 ? bytes : nil
    }

    private static func text(of bytes: [UInt8], _ family: Int32) -> String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        inet_ntop(family, bytes, &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
