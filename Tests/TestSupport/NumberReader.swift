/// Texts that stand where a number should, or numbers that no sane target sends.
public enum HostileNumber {
    public static let texts = ["NaN", "Infinity", "-Infinity", "1e300", "-1", "9223372036854775808", "1e19", ""]
}

/// Something that reads a number from outside, for a table of readers against ``HostileNumber/texts``.
public struct NumberReader: Sendable, CustomStringConvertible {
    public let description: String
    /// The texts that it takes for a number; every other one must be refused.
    public let accepts: Set<String>
    private let read: @Sendable (String) async throws -> Double?

    /// - Parameter read: gives the number that was read; nil, or an error, when the text is refused.
    public init(
        _ description: String, accepts: Set<String> = [], read: @escaping @Sendable (String) async throws -> Double?
    ) {
        self.description = description
        self.accepts = accepts
        self.read = read
    }

    /// What becomes of a text: a finite number that the reader accepts, or a refusal. Anything else is described.
    public func problem(with text: String) async -> String? {
        let number = try? await read(text)
        if let number, !number.isFinite { return "gives \(number)" }
        if number == nil, accepts.contains(text) { return "refuses it" }
        if let number, !accepts.contains(text) { return "takes it for \(number)" }
        return nil
    }
}
