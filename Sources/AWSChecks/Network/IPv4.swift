/// An IPv4 address as a number.
public struct IPv4Address: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let number: UInt32

    public init(number: UInt32) { self.number = number }

    public init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var number: UInt32 = 0
        for part in parts {
            guard let byte = UInt8(part) else { return nil }
            number = number << 8 | UInt32(byte)
        }
        self.number = number
    }

    public static func < (left: IPv4Address, right: IPv4Address) -> Bool { left.number < right.number }
    public var description: String {
        [24, 16, 8, 0].map { String(number >> UInt32($0) & 255) }.joined(separator: ".")
    }
}

/// A block of addresses, such as `10.0.1.0/24`.
public struct IPv4Block: Hashable, Sendable, CustomStringConvertible {
    public let network: UInt32
    public let prefix: Int

    public init?(_ text: String) {
        let parts = text.split(separator: "/")
        guard parts.count == 2, let address = IPv4Address(String(parts[0])), let prefix = Int(parts[1]),
            (0...32).contains(prefix)
        else { return nil }
        self.prefix = prefix
        network = address.number & Self.mask(prefix)
    }

    private static func mask(_ prefix: Int) -> UInt32 { prefix == 0 ? 0 : ~0 << UInt32(32 - prefix) }

    public func contains(_ address: IPv4Address) -> Bool { address.number & Self.mask(prefix) == network }

    /// The first and the last address a machine can have; AWS keeps the first four and the last.
    public var hosts: (first: IPv4Address, last: IPv4Address) {
        let last = network | ~Self.mask(prefix)
        guard prefix <= 28 else { return (IPv4Address(number: network), IPv4Address(number: last)) }
        return (IPv4Address(number: network + 4), IPv4Address(number: last - 1))
    }

    public var description: String { "\(IPv4Address(number: network))/\(prefix)" }
}
