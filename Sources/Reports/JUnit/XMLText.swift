/// Text as XML 1.0 takes it. Characters that XML cannot hold at all are shown by their numbers.
enum XMLText {
    static func escaped(_ text: String) -> String {
        if text.utf8.allSatisfy({ (0x20...0x7E).contains($0) && !"&<>\"'".utf8.contains($0) }) { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&apos;"
            case "\n": result += "&#10;"
            case "\r": result += "&#13;"
            case "\t": result += "&#9;"
            default:
                if isHeld(scalar), !VisibleText.isHidden(scalar) {
                    result.unicodeScalars.append(scalar)
                } else {
                    result += "‹U+\(String(scalar.value, radix: 16, uppercase: true))›"
                }
            }
        }
        return result
    }

    private static func isHeld(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }
}
