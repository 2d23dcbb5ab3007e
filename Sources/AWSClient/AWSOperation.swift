import HTTPClient

/// One call: service, name, parameters, and how its answer is read. A call that checks use is one small declaration.
public struct AWSOperation<Output: Decodable & Sendable>: Sendable {
    /// How the next page is asked for.
    public struct Pagination: Sendable {
        /// The parameter that takes the token.
        public let input: String
        /// Where the answer carries it.
        public let output: String

        public init(input: String, output: String) {
            self.input = input
            self.output = output
        }

        public static var nextToken: Pagination { Pagination(input: "NextToken", output: "NextToken") }
        public static var lowerNextToken: Pagination { Pagination(input: "nextToken", output: "nextToken") }
        public static var marker: Pagination { Pagination(input: "Marker", output: "Marker") }
        public static var nextMarker: Pagination { Pagination(input: "Marker", output: "NextMarker") }
    }

    /// Method, bucket, key, query, headers and body of a call in resource style.
    public struct Resource: Sendable {
        public var method: String
        public var bucket: String?
        public var key: String
        public var query: [UnsignedRequest.QueryItem]
        public var headers: [HTTPHeader]
        public var body: [UInt8]

        public init(
            _ method: String, bucket: String? = nil, key: String = "", query: [UnsignedRequest.QueryItem] = [],
            headers: [HTTPHeader] = [], body: [UInt8] = []
        ) {
            self.method = method
            self.bucket = bucket
            self.key = key
            self.query = query
            self.headers = headers
            self.body = body
        }
    }

    public let service: AWSService
    public let name: String
    /// The IAM action the identity needs.
    public let action: String
    public var input: [String: AWSInput]
    public var resource: Resource?
    public let pagination: Pagination?
    /// Calls that need no signature (web identity).
    var isSigned = true
    /// Least time between two pages, for services that allow only so many calls a second.
    public private(set) var pause: Duration?

    public init(
        _ service: AWSService, _ name: String, action: String? = nil, _ input: [String: AWSInput] = [:],
        resource: Resource? = nil, pages pagination: Pagination? = nil, returning: Output.Type = Output.self
    ) {
        self.service = service
        self.name = name
        self.action = service.iamPrefix + ":" + (action ?? name)
        self.input = input
        self.resource = resource
        self.pagination = pagination
    }

    /// The same call, with a rest before every further page.
    public func resting(_ pause: Duration) -> AWSOperation {
        var operation = self
        operation.pause = pause
        return operation
    }

    /// How the operation is called in errors.
    public var label: String { service.iamPrefix + " " + name }

    func asking(for token: String) -> AWSOperation {
        guard let pagination else { return self }
        var next = self
        if next.resource != nil {
            next.resource?.query.removeAll { $0.name == pagination.input }
            next.resource?.query.append(.init(pagination.input, token))
        } else {
            next.input[pagination.input] = .string(token)
        }
        return next
    }
}

/// The answer of a call whose content does not matter.
public struct AWSEmptyAnswer: Decodable, Sendable {
    public init(from decoder: any Decoder) throws {}
}
