/// A quantity beyond its limit.
public struct Excess: Hashable, Sendable, Codable {
    public enum Quantity: String, CaseIterable, Sendable, Codable {
        case time, errors, rate, memory, processor, connections, storage, queue, locks, regression
        /// Identifiers, checksums: the health of the store itself.
        case integrity
    }

    public var component: Component
    public var quantity: Quantity
    /// The requests that were measured, where it is about requests.
    public var path: String

    public init(_ component: Component, _ quantity: Quantity, path: String = "") {
        self.component = component
        self.quantity = quantity
        self.path = path
    }
}
