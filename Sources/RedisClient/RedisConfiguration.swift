import Sockets

/// Where a Redis server is and how to enter it. No description of this value shows the password.
public struct RedisConfiguration: Sendable, Equatable {
    public var host: String
    public var port: Int
    /// For servers with access control lists (Redis 6 and later); nil for the default user.
    public var user: String?
    public var password: String?
    /// Nil for a connection without TLS.
    public var tls: TLSConfiguration?
    /// The database to select after the log-in; 0 needs no command.
    public var database: Int

    public init(
        host: String, port: Int = 6379, user: String? = nil, password: String? = nil, tls: TLSConfiguration? = nil,
        database: Int = 0
    ) {
        self.host = host
        self.port = port
        self.user = user
        self.password = password
        self.tls = tls
        self.database = database
    }
}

extension RedisConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "\(tls == nil ? "redis" : "rediss")://\(host):\(port)/\(database)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["target": description]) }
}
