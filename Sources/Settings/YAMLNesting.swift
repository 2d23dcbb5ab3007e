/// Bounds how deep a YAML text is nested before it is parsed: the parser calls itself for every level.
///
/// An upper bound, not a parser. Brackets count wherever they stand, so those of texts do as well; a block's level costs at least
/// one column, or two levels where a list stands at the column of its key.
enum YAMLNesting {
    /// The deepest nesting that is parsed. A configuration has six levels.
    static let limit = 256

    /// The number of the first line that may be nested deeper than the limit, counted from 1.
    static func firstLineTooDeep(in text: String) -> Int? {
        var number = 1
        var brackets = 0
        var column = 0
        var isIndentation = true
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\n"):
                number += 1
                column = 0
                isIndentation = true
                continue
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                brackets += 1
                isIndentation = false
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                brackets = max(0, brackets - 1)
                isIndentation = false
            case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: ":"): break
            default: isIndentation = false
            }
            if isIndentation { column += 1 }
            if brackets > limit || column > limit { return number }
        }
        return nil
    }
}
