/// How deep a JSON text is nested and how many values it has, counted before anybody parses it.
///
/// Parsers that go down with their input pay for every level over and over: a hundred thousand brackets kept one check busy for
/// ten seconds. And a value of two bytes takes a hundred once it is parsed. What is sound JSON is left to the parser; this only
/// looks at brackets and commas outside of texts.
struct JSONExtent {
    /// The deepest nesting that is parsed. The answers of the systems under test stay below 12, our own documents below 30.
    static let largestDepth = 128

    private(set) var values = 1
    private(set) var isTooDeep = false

    init(_ bytes: some Sequence<UInt8>) {
        var depth = 0
        var isText = false
        var isEscaped = false
        for byte in bytes {
            if isText {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isText = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isText = true
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                values += 1
                guard depth <= Self.largestDepth else {
                    isTooDeep = true
                    return
                }
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            case UInt8(ascii: ","): values += 1
            default: break
            }
        }
    }
}
