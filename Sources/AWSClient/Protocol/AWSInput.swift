/// The parameters of a call, written once and encoded as the service's protocol wants them.
public indirect enum AWSInput: Sendable, Equatable {
    case string(String)
    case integer(Int)
    case boolean(Bool)
    case list([AWSInput])
    /// Members in order. A member that is nil is left out when the structure is made.
    case structure([String: AWSInput])

    public static func strings(_ texts: [String]) -> AWSInput { .list(texts.map(AWSInput.string)) }
}

extension AWSInput: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int) { self = .integer(value) }
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
    public init(arrayLiteral elements: AWSInput...) { self = .list(elements) }
}

extension AWSInput: Encodable {
    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .structure(let members):
            var container = encoder.container(keyedBy: Name.self)
            for (name, value) in members { try container.encode(value, forKey: Name(stringValue: name)) }
        case .list(let elements):
            var container = encoder.unkeyedContainer()
            for element in elements { try container.encode(element) }
        case .string(let text):
            var container = encoder.singleValueContainer()
            try container.encode(text)
        case .integer(let number):
            var container = encoder.singleValueContainer()
            try container.encode(number)
        case .boolean(let flag):
            var container = encoder.singleValueContainer()
            try container.encode(flag)
        }
    }

    /// The parameters of the query protocols: `Filter.1.Name=…` (EC2) or `Filters.member.1.Name=…` (the others).
    func queryParameters(membersWord: Bool, prefix: String = "") -> [UnsignedRequest.QueryItem] {
        switch self {
        case .string(let text): return [.init(prefix, text)]
        case .integer(let number): return [.init(prefix, String(number))]
        case .boolean(let flag): return [.init(prefix, flag ? "true" : "false")]
        case .list(let elements):
            return elements.enumerated().flatMap { index, element in
                let name = prefix + (membersWord ? ".member." : ".") + String(index + 1)
                return element.queryParameters(membersWord: membersWord, prefix: name)
            }
        case .structure(let members):
            return members.sorted { $0.key < $1.key }.flatMap { name, value in
                value.queryParameters(membersWord: membersWord, prefix: prefix.isEmpty ? name : prefix + "." + name)
            }
        }
    }
}
