/// A template cannot be used. Says which, where, and what would be right.
public struct TemplateError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file's name: `SUMMARY.md`.
    public var template: String
    /// Counted from 1; nil when the fault is not in one line.
    public var line: Int?
    /// The key or the partial at fault, if there is one.
    public var key: String?
    var message: String

    public init(template: String, line: Int? = nil, key: String? = nil, _ message: String) {
        self.template = template
        self.line = line
        self.key = key
        self.message = message
    }

    public var description: String {
        let place = line.map { "\(template):\($0)" } ?? template
        return key.map { "template \(place): key ‘\($0)’: \(message)" } ?? "template \(place): \(message)"
    }
}
