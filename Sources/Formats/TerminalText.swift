/// Text that cannot steer a terminal, whoever wrote it.
///
/// Control characters (C0, DEL, C1, and with them every escape sequence) and what changes the direction of writing or cannot
/// be seen become visible: a line says what it seems to say.
public enum TerminalText {
    /// As one line.
    public static func safe(_ text: String) -> String {
        if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": result.append("⏎")
            case "\t": result.append(" ")
            case let scalar where isHarmful(scalar): result.append("\u{FFFD}")
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    /// With its lines and tabs as they are.
    public static func safeLines(_ text: String) -> String {
        if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) || $0 == 0x0A || $0 == 0x09 }) { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            result.append(isHarmful(scalar) && scalar != "\n" && scalar != "\t" ? "\u{FFFD}" : scalar)
        }
        return String(result)
    }

    /// A JSON text of the same values. Whatever is harmful stands inside of strings there, where it can be escaped.
    public static func safeJSON(_ json: String) -> String {
        if json.utf8.allSatisfy({ (0x20..<0x7F).contains($0) || $0 == 0x0A }) { return json }
        var result = ""
        for scalar in json.unicodeScalars {
            if isHarmful(scalar), !["\n", "\t", "\r"].contains(scalar) {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        // C0, DEL and C1.
        case ..<0x20, 0x7F..<0xA0: true
        // Marks, embeddings, overrides and isolates of direction (Unicode Standard Annex 9), and separators of lines.
        case 0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x206F: true
        // Annotations, and tags that no terminal shows.
        case 0xFFF9...0xFFFB, 0xE0000...0xE007F: true
        default: false
        }
    }
}
