/// One header field as it goes over the wire.
public struct HTTPHeader: Hashable, Sendable, Codable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// Header fields in the order they came, repeated names kept; names are compared without regard to case.
public struct HTTPHeaders: Hashable, Sendable, Codable, ExpressibleByArrayLiteral, RandomAccessCollection {
    public private(set) var all: [HTTPHeader]

    public init(_ all: [HTTPHeader] = []) { self.all = all }
    public init(arrayLiteral elements: HTTPHeader...) { all = elements }

    public var startIndex: Int { all.startIndex }
    public var endIndex: Int { all.endIndex }
    public subscript(position: Int) -> HTTPHeader { all[position] }

    /// The first value of that name, or nil.
    public subscript(_ name: String) -> String? {
        all.first { HTTPHeaders.sameName($0.name, name) }?.value
    }

    /// Every value of that name, in order.
    public func values(_ name: String) -> [String] {
        all.filter { HTTPHeaders.sameName($0.name, name) }.map(\.value)
    }

    public mutating func append(_ header: HTTPHeader) { all.append(header) }

    /// Names are ASCII (RFC 9110 §5.1); anything else compares byte by byte.
    package static func sameName(_ left: String, _ right: String) -> Bool {
        left.utf8.elementsEqual(right.utf8) { lowercase($0) == lowercase($1) }
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
}
