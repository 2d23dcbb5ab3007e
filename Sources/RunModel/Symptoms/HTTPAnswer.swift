import Secrets

/// An answer over HTTP that is not the promised one, by its status.
public struct HTTPAnswer: Hashable, Sendable, Codable {
    /// The component that was asked.
    public var component: Component
    public var method: String
    /// With the query.
    public var path: String
    public var status: Int
    /// Who gave it.
    public var responder: Responder
    /// The error's own words: the code and the text that the other side wrote, shortened.
    public var says: String

    /// The longest part of an answer that is kept.
    public static let longestText = 300

    public init(
        _ component: Component, method: String = "GET", path: String, status: Int, by responder: Responder = .unknown,
        says text: String = ""
    ) {
        self.component = component
        self.method = method
        self.path = path
        self.status = status
        self.responder = responder
        says = text.excerpt(Self.longestText)
    }
}
