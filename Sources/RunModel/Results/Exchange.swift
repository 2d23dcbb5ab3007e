import Formats
import Foundation

/// One request over HTTP with what came of it: a line of the evidence index and of the list of verified endpoints.
public struct Exchange: Hashable, Sendable, Codable {
    /// When it ended.
    public var at: Date
    /// What was asked, such as `service:api`.
    public var component: Component
    public var method: String
    /// With the query; of a long one the beginning.
    public var path: String
    /// Nil when nothing answered.
    public var status: Int?
    /// From the first packet to the last byte, in seconds when written.
    @Seconds public var duration: Duration

    public init(
        at: Date, component: Component, method: String, path: String, status: Int?, duration: Duration
    ) {
        self.at = at
        self.component = component
        self.method = method
        self.path = path
        self.status = status
        self._duration = Seconds(wrappedValue: duration)
    }
}
