/// What a service's own log says around a failure.
public struct ServiceLog: Hashable, Sendable, Codable {
    /// The service whose log it is: `api`, `mlflow`.
    public var service: String
    /// Where the lines come from: the name of a file or of a log group.
    public var source: String
    /// The error with its stack trace, oldest line first; empty when there is none.
    public var lines: String
    /// Why there are no lines; empty when there are.
    public var absence: String

    public init(service: String, source: String, lines: String = "", absence: String = "") {
        self.service = service
        self.source = source
        self.lines = lines
        self.absence = absence
    }
}
