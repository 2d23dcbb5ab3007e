/// Text in which no secret is left. Only a ``Redactor`` makes it.
///
/// It is what writers take: raw text does not compile there. An interpolation passes the redactor in use
/// (``Redactor/current``) as a whole, so `"NOT undone: \(reason)"` is all that a caller writes.
public struct RedactedText: Hashable, Sendable, CustomStringConvertible {
    /// The text, for the writer at the end.
    public let text: String

    init(_ text: String) { self.text = text }

    public var description: String { text }

    /// Cutting what is redacted leaves no piece of a secret.
    public func prefix(_ length: Int) -> RedactedText { RedactedText(String(text.prefix(length))) }

    public static func + (left: RedactedText, right: RedactedText) -> RedactedText {
        RedactedText(left.text + right.text)
    }

    /// A change of form that brings in nothing from elsewhere: escaping for a terminal, padding, wrapping.
    package func formatted(_ change: (String) -> String) -> RedactedText { RedactedText(change(text)) }
}

extension RedactedText: ExpressibleByStringInterpolation {
    /// A literal is ours; it passes the redactor all the same, so that no call of this with other text opens a door.
    public init(stringLiteral value: String) { self = Redactor.current.redact(value, for: .messages) }

    public init(stringInterpolation: Interpolation) {
        self = Redactor.current.redact(stringInterpolation.text, for: .messages)
    }

    /// Collects the parts; the redactor sees them together.
    public struct Interpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        public init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }

        public mutating func appendLiteral(_ literal: String) { text += literal }

        public mutating func appendInterpolation(_ value: some CustomStringConvertible) {
            text += value.description
        }

        /// Errors and other values that describe themselves by reflection.
        public mutating func appendInterpolation(_ value: any Error) {
            text += "\(value)"
        }
    }
}

extension Sequence<RedactedText> {
    public func joined(separator: RedactedText = "") -> RedactedText {
        RedactedText(map(\.text).joined(separator: separator.text))
    }
}

/// Bytes in which no secret is left. Only a ``Redactor`` makes them.
public struct RedactedBytes: Hashable, Sendable {
    public let bytes: [UInt8]
    /// Whether a value was masked in a rendered file, so that it does not follow from its record and its template alone; false of
    /// all other bytes.
    public let isMaskedRendering: Bool

    init(_ bytes: [UInt8], isMaskedRendering: Bool = false) {
        self.bytes = bytes
        self.isMaskedRendering = isMaskedRendering
    }

    public init(_ text: RedactedText) { self.init(Array(text.text.utf8)) }

    /// The bytes as text.
    package var text: RedactedText { RedactedText(String(decoding: bytes, as: UTF8.self)) }

    /// A change of form that brings in nothing from elsewhere: a checksum, a line break.
    package func formatted(_ change: ([UInt8]) -> [UInt8]) -> RedactedBytes { RedactedBytes(change(bytes)) }

    public static func + (left: RedactedBytes, right: RedactedBytes) -> RedactedBytes {
        RedactedBytes(left.bytes + right.bytes)
    }

    /// Nothing.
    public init() { self.init([]) }

    /// The first and the last bytes, with a note between them of how many were left out.
    public func cut(to limit: Int) -> RedactedBytes {
        guard bytes.count > limit else { return self }
        let half = limit / 2
        let note = "\n… \(bytes.count - 2 * half) bytes left out …\n"
        return RedactedBytes(bytes.prefix(half) + Array(note.utf8) + bytes.suffix(half))
    }
}
