/// Something that the service depends on and that a fault can break. The raw values are the spellings of the
/// configuration's `faults` section and of the command line.
public enum Dependency: String, CaseIterable, Sendable, Codable {
    case mlflow, postgres, redis, auth, queue
    /// All connections to MLflow, PostgreSQL and Redis.
    case network
    /// The memory of the service itself.
    case memory
}

extension Dependency: CustomStringConvertible {
    public var description: String { rawValue }
}
