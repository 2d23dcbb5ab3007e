import Secrets

extension HiddenValue {
    /// A sentence of a person, such as the subject of a commit, without what reads like a secret in it: what follows a word such as
    /// `password`, and what looks like no word at all.
    static func masked(sentence: String) -> String {
        let known = Redactor.current.masked(masked(text: sentence))
        // So many words after one that names a secret may be its value: `password for api is hunter2`.
        var suspicious = 0
        let words = known.split(separator: " ", omittingEmptySubsequences: false).map { word -> String in
            let bare = String(word).trimmingPunctuation
            if bare.contains("‹") { return String(word) }
            if isNaming(bare) {
                suspicious = reach
                return String(word)
            }
            defer { suspicious = max(0, suspicious - 1) }
            if isOpaque(bare) || (suspicious > 0 && mixesLettersWithOthers(bare)) {
                return String(word).replacing(bare, with: "‹hidden›")
            }
            return String(word)
        }
        return words.joined(separator: " ")
    }

    private static let reach = 4

    private static func isNaming(_ word: String) -> Bool {
        word.utf8.count <= 40 && isSecret(name: word.replacing("-", with: "_"), value: "")
            || ["key", "keys", "pwd", "pass", "credentials", "-p"].contains(word.lowercased())
    }

    /// `hunter2`, `S3cret!`; not `api`, `v1.4`, `2026` or `#1234`.
    private static func mixesLettersWithOthers(_ word: String) -> Bool {
        let bytes = word.utf8
        let letters = bytes.count { isLetter($0) }
        let digits = bytes.count { isDigit($0) }
        let others = bytes.count { "!$%&*+?^~".utf8.contains($0) }
        return bytes.count >= 6 && letters >= 3 && digits + others > 0 && !word.contains("/")
    }

    /// Twenty characters or more of an alphabet of tokens, in which letters of both cases stand with digits, or 32 and more hexadecimal
    /// digits.
    private static func isOpaque(_ word: String) -> Bool {
        let bytes = Array(word.utf8)
        guard bytes.count >= 20, bytes.allSatisfy({ isLetter($0) || isDigit($0) || "+/=_-.~".utf8.contains($0) }) else {
            return false
        }
        let digits = bytes.count { isDigit($0) }
        let upper = bytes.count { (65...90).contains($0) }
        let lower = bytes.count { (97...122).contains($0) }
        let isHexadecimal = bytes.allSatisfy { isDigit($0) || (97...102).contains($0) || (65...70).contains($0) }
        if isHexadecimal { return bytes.count >= 32 && digits > 0 }
        return digits > 0 && upper > 0 && lower > 0 && !word.contains("./")
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
}

extension String {
    fileprivate var trimmingPunctuation: String {
        var text = self[...]
        while let first = text.first, "\"'`([{<:,;".contains(first) { text.removeFirst() }
        while let last = text.last, "\"'`)]}>:,;.".contains(last) { text.removeLast() }
        return String(text)
    }
}
