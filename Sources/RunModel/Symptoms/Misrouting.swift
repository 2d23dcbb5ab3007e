/// Requests that another one answers than should.
public struct Misrouting: Hashable, Sendable, Codable {
    public var service: Service
    public var path: String
    public var expected: Responder
    public var got: Responder

    public init(_ service: Service, path: String, expected: Responder, got: Responder) {
        self.service = service
        self.path = path
        self.expected = expected
        self.got = got
    }
}
