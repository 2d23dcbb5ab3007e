/// A connection that the network's rules do not allow, or one that does not go as they say.
public struct NetworkBlock: Hashable, Sendable, Codable {
    public enum Element: String, CaseIterable, Sendable, Codable {
        /// A security group, a network ACL or a route forbids it.
        case rule
        /// Subnets without a way out.
        case route
        /// The connection goes otherwise than the rules say.
        case forecast
    }

    public var flow: Component
    public var element: Element

    public init(_ flow: Component, _ element: Element) {
        self.flow = flow
        self.element = element
    }
}
