/// The trace that a pipeline started and a run goes on with, as the environment variable `TRACEPARENT` names it.
///
/// Its form is that of the header `traceparent` (W3C Trace Context, section 3.2): version, trace, parent and flags, in hexadecimal
/// digits of lower case with hyphens between them.
public struct TraceContext: Hashable, Sendable, Codable {
    /// The environment variable that names it.
    public static let variable = "TRACEPARENT"

    /// 32 hexadecimal digits.
    public var traceID: String
    /// The span that started the run: 16 hexadecimal digits.
    public var parentSpanID: String
    /// Eight bits; the lowest says that the parent is recorded.
    public var flags: UInt8

    /// - Throws: ``TraceContextError`` for a text that a receiver has to ignore.
    public init(traceparent text: String) throws(TraceContextError) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 4 else { throw TraceContextError("it has \(parts.count) of the four parts") }
        guard Self.isHexadecimal(parts[0], digits: 2), parts[0] != "ff" else {
            throw TraceContextError("its version is not one of 00 to fe")
        }
        // A later version may add parts; this one has exactly four.
        guard parts.count == 4 || parts[0] != "00" else { throw TraceContextError("something follows the flags") }
        guard Self.isHexadecimal(parts[1], digits: 32), parts[1].contains(where: { $0 != "0" }) else {
            throw TraceContextError("its trace is not 32 hexadecimal digits in lower case, of which one is not 0")
        }
        guard Self.isHexadecimal(parts[2], digits: 16), parts[2].contains(where: { $0 != "0" }) else {
            throw TraceContextError("its parent is not 16 hexadecimal digits in lower case, of which one is not 0")
        }
        guard Self.isHexadecimal(parts[3], digits: 2), let flags = UInt8(parts[3], radix: 16) else {
            throw TraceContextError("its flags are not two hexadecimal digits in lower case")
        }
        traceID = parts[1]
        parentSpanID = parts[2]
        self.flags = flags
    }

    private static func isHexadecimal(_ text: String, digits: Int) -> Bool {
        text.utf8.count == digits && text.utf8.allSatisfy("0123456789abcdef".utf8.contains)
    }
}

/// Why a text is no `traceparent`.
public struct TraceContextError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
