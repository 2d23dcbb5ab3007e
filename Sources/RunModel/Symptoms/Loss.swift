/// A part of a request that is lost on the way through the proxy (contract §3.2, §13).
public enum Loss: String, CaseIterable, Sendable, Codable {
    /// Of the path.
    case prefix
    /// Of a DELETE.
    case body
    /// All but the last of a repeated query parameter.
    case repeatedQuery = "repeated-query"
    /// The key.
    case key
    /// Something else differs between the answer through the proxy and the direct one.
    case answer
}
