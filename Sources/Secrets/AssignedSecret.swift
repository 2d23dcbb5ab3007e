/// Secrets that are recognised by the name before them: `password=…`, `"token": "…"`, `<SecretAccessKey>…`, `Bearer …`.
///
/// Code, schemas and sentences use the same names, so the value must look like one: `password=os.environ["X"]` and
/// `token: required` are left.
enum AssignedSecret {
    private static let longestName = 40
    private static let longestValue = 2048

    /// The value behind a colon, an equals sign or the end of an XML tag.
    static func value(in bytes: UnsafeBufferPointer<UInt8>, at separator: Int) -> SecretPattern.Match? {
        guard let name = name(in: bytes, before: separator) else { return nil }
        let sign = bytes[separator]
        var start = separator + 1
        // `=>` of Ruby, `:=` of Go, `==` of a comparison.
        if start < bytes.count, bytes[start] == UInt8(ascii: "="), sign == UInt8(ascii: ":") { start += 1 }
        let isTag = sign == UInt8(ascii: ">")
        let beforeBlanks = start
        if !isTag { while start < bytes.count, bytes[start] == 0x20, start - separator < 16 { start += 1 } }
        guard start < bytes.count else { return nil }
        let quote = bytes[start]
        let isQuoted = !isTag && (quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'"))
        if isQuoted { start += 1 }
        var end = start
        while end < bytes.count, end - start < longestValue,
            isTag ? bytes[end] != UInt8(ascii: "<") : isQuoted ? bytes[end] != quote : !endsValue(bytes[end])
        {
            if bytes[end] == 0x0A || bytes[end] == 0x0D { break }
            end += 1
        }
        let value = start..<end
        // A sentence goes on behind a colon or an equals sign with a blank; a program or a URL does not.
        let isLoose = !isQuoted && !isTag && (sign == UInt8(ascii: ":") || start > beforeBlanks)
        guard looksSecret(bytes, value, isLoose: isLoose) else { return nil }
        return SecretPattern.Match(range: value, name: label(name))
    }

    /// An opaque token behind `Bearer`; JSON Web Tokens and keys with a prefix have shapes of their own.
    static func bearer(in bytes: UnsafeBufferPointer<UInt8>, at position: Int) -> SecretPattern.Match? {
        guard position + 8 < bytes.count, bytes[position + 1] | 0x20 == UInt8(ascii: "e"),
            position == 0 || !bytes[position - 1].isLetterOrDigit
        else { return nil }
        for (offset, byte) in "earer".utf8.enumerated() where bytes[position + 1 + offset] | 0x20 != byte { return nil }
        var start = position + 6
        while start < bytes.count, bytes[start] == 0x20 || bytes[start] == UInt8(ascii: "+"), start < position + 10 {
            start += 1
        }
        guard start > position + 6 else { return nil }
        var end = start
        while end < bytes.count, bytes[end].isLetterOrDigit || "-._~+/=".utf8.contains(bytes[end]) { end += 1 }
        guard end - start >= 12, isOpaque(bytes, start..<end) else { return nil }
        return SecretPattern.Match(range: start..<end, name: "bearer-token")
    }

    /// The name that ends before a separator, when it is that of a secret.
    private static func name(in bytes: UnsafeBufferPointer<UInt8>, before separator: Int) -> ArraySlice<UInt8>? {
        var end = separator
        if end > 0, bytes[separator] != UInt8(ascii: ">") {
            while end > 0, bytes[end - 1] == 0x20, separator - end < 16 { end -= 1 }
            if end > 0, bytes[end - 1] == UInt8(ascii: "\"") || bytes[end - 1] == UInt8(ascii: "'") { end -= 1 }
        }
        guard end > 0, isNameEnd[Int(bytes[end - 1])] else { return nil }
        var start = end
        while start > 0, end - start < longestName, SecretPattern.isTokenByte(bytes[start - 1]) { start -= 1 }
        let name = Array(bytes[start..<end])[...]
        return SecretWords.isSecretName(name) ? name : nil
    }

    /// Whether a name of ``SecretWords`` may end with this letter.
    private static let isNameEnd: [Bool] = (0...255).map { byte in "dtnyesDTNYES".utf8.contains(UInt8(byte)) }

    private static func label(_ name: ArraySlice<UInt8>) -> String {
        let lower = name.map { $0 | 0x20 }
        if lower.suffix(5).elementsEqual("token".utf8) { return "token" }
        if lower.suffix(3).elementsEqual("key".utf8) { return "key" }
        return "password"
    }

    private static func endsValue(_ byte: UInt8) -> Bool { byte <= 0x20 || "\"'&,;<>)}]|`".utf8.contains(byte) }

    /// Words that stand where a secret would, in schemas, examples and messages.
    private static let words: Set<String> = [
        "none", "null", "nil", "true", "false", "undefined", "required", "optional", "string", "str", "text", "hidden",
        "redacted", "masked", "missing", "invalid", "expired", "unknown", "empty", "default", "example", "changeme",
        "password", "secret", "token",
    ]

    private static func looksSecret(
        _ bytes: UnsafeBufferPointer<UInt8>, _ value: Range<Int>, isLoose: Bool
    ) -> Bool {
        guard value.count >= (isLoose ? 8 : 6), !isReference(bytes, value) else { return false }
        let text = UnsafeBufferPointer(rebasing: bytes[value])
        if text.contains(0x20) || text.contains(UInt8(ascii: "(")) || text.contains(UInt8(ascii: "[")) { return false }
        if isLoose { return isOpaque(bytes, value) }
        let lower = String(decoding: text, as: UTF8.self).lowercased()
        if words.contains(lower) { return false }
        // The name of another variable, or of a member of an object.
        let isIdentifier = text.allSatisfy { $0.isLetter || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".") }
        let namesSecret = SecretWords.isSecretName(lower) || text.dropFirst().contains(UInt8(ascii: "."))
        return !(isIdentifier && namesSecret)
    }

    /// Whether a value only says where the secret is: `${PASSWORD}`, `$(cat key)`, `<password>`, `{{ key }}`, `%s`, `****`, or a
    /// placeholder of ours.
    static func isReference(_ bytes: UnsafeBufferPointer<UInt8>, _ value: Range<Int>) -> Bool {
        guard let first = value.first.map({ bytes[$0] }) else { return true }
        if "$<{%*".utf8.contains(first) { return true }
        // U+2039 and U+2026: ours, and what others leave of a text.
        if bytes.holds([0xE2, 0x80, 0xB9], at: value.lowerBound)
            || bytes.holds([0xE2, 0x80, 0xA6], at: value.lowerBound)
        {
            return true
        }
        return value.allSatisfy { bytes[$0] | 0x20 == first | 0x20 }
    }

    /// Whether a token looks made by chance: letters with digits, or capitals strewn about. Words and names joined to one are not.
    static func isOpaque(_ bytes: UnsafeBufferPointer<UInt8>, _ value: Range<Int>) -> Bool {
        var digits = 0
        var letters = 0
        var rises = 0
        for index in value {
            let byte = bytes[index]
            if byte.isDigit { digits += 1 }
            guard byte.isLetter else { continue }
            letters += 1
            let isUpper = byte & 0x20 == 0
            if isUpper, index > value.lowerBound, bytes[index - 1].isLetter, bytes[index - 1] & 0x20 != 0 { rises += 1 }
        }
        if letters == 0 { return false }
        // A version, a date or a number of parts is not enough: digits stand among the letters of one part.
        return digits > 0 && hasMixedPart(bytes, value) || rises * 5 >= value.count
    }

    /// Whether any part between punctuation holds letters and digits, and is no word with a number behind it.
    private static func hasMixedPart(_ bytes: UnsafeBufferPointer<UInt8>, _ value: Range<Int>) -> Bool {
        UnsafeBufferPointer(rebasing: bytes[value]).split { !$0.isLetterOrDigit }.contains { part in
            guard part.contains(where: \.isDigit), part.contains(where: \.isLetter) else { return false }
            let word = part.prefix(while: \.isLetter)
            return part.count >= 6 && !part.dropFirst(word.count).allSatisfy(\.isDigit)
        }
    }
}
