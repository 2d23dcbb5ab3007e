/// What an answer must be like to count as a success. Cheap enough to be left on.
public struct ResponseExpectation: Hashable, Sendable {
    /// Statuses that count as success. The original campaign counts everything below 400 (contract §6.4).
    public var statuses: ClosedRange<Int>
    /// In bytes of body; nil does not look.
    public var bodyBytes: ClosedRange<Int>?
    public var json: JSONField?

    /// A field of a JSON object and the value it must have.
    public struct JSONField: Hashable, Sendable {
        /// Names of objects' members from the outside in.
        public var path: [String]
        /// The value's text: a string's content without escapes, or the literal of a number, `true`, `null`.
        public var value: String

        public init(path: [String], value: String) {
            self.path = path
            self.value = value
        }
    }

    public init(
        statuses: ClosedRange<Int> = 100...399, bodyBytes: ClosedRange<Int>? = nil, json: JSONField? = nil
    ) {
        self.statuses = statuses
        self.bodyBytes = bodyBytes
        self.json = json
    }
}
