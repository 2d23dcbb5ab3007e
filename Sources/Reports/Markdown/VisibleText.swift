/// Text in which nothing is hidden: control, direction and other invisible characters are shown by their numbers.
enum VisibleText {
    /// On one line; line ends become spaces, runs of spaces one.
    static func line(_ text: String, limit: Int) -> String {
        if isPlain(text), text.utf8.count <= limit { return text }
        var result = ""
        for character in text {
            if character.isNewline || character == "\t" || character == " " {
                if !result.isEmpty, result.last != " " { result.append(" ") }
            } else {
                result += visible(character)
            }
        }
        while result.last == " " { result.removeLast() }
        return shortened(result, limit)
    }

    /// With its line ends and tabs.
    static func lines(_ text: String, limit: Int) -> String {
        var result = ""
        for character in text {
            if character.isNewline {
                result.append("\n")
            } else {
                result += character == "\t" ? "\t" : visible(character)
            }
        }
        while result.last == "\n" { result.removeLast() }
        return shortened(result, limit)
    }

    /// Whether a character would hide itself or others.
    static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
        default: false
        }
    }

    /// Printable ASCII without double spaces, as most texts are: nothing has to be done.
    static func isPlain(_ text: String) -> Bool {
        var previous: UInt8 = 0x20
        for byte in text.utf8 {
            guard (0x20...0x7E).contains(byte), byte != 0x20 || previous != 0x20 else { return false }
            previous = byte
        }
        return previous != 0x20
    }

    private static func visible(_ character: Character) -> String {
        guard character.unicodeScalars.contains(where: isHidden) else { return String(character) }
        var result = ""
        for scalar in character.unicodeScalars {
            if isHidden(scalar) {
                let digits = String(scalar.value, radix: 16, uppercase: true)
                result += "‹U+\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)›"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func shortened(_ text: String, _ limit: Int) -> String {
        guard text.count > limit else { return text }
        return "\(text.prefix(limit)) … (\(text.count - limit) more characters)"
    }
}
