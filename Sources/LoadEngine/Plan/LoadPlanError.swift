/// A plan that cannot be run, and why.
public struct LoadPlanError: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }
}
