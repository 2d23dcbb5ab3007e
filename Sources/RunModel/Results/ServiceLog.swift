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
    /// The request of the check that the error names: its path. Nil where it names none, so that it may be another check's.
    public var request: String?

    public init(service: String, source: String, lines: String = "", absence: String = "", request: String? = nil) {
        self.service = service
        self.source = source
        self.lines = lines
        self.absence = absence
        self.request = request
    }
}
