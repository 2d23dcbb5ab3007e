/// Keeps texts within what a place takes.
enum TextLimit {
    /// The text, or as many of its whole characters as fit.
    ///
    /// - Parameter limit: in bytes of UTF-8, which are never fewer than the characters that a vendor counts.
    static func cut(_ text: String, to limit: Int) -> String {
        guard text.utf8.count > limit else { return text }
        let note = "…"
        var result = ""
        var room = limit - note.utf8.count
        for character in text {
            room -= character.utf8.count
            guard room >= 0 else { break }
            result.append(character)
        }
        return result + note
    }
}
