/// Charts as GitHub and GitLab draw them from a block of code in a document; elsewhere their numbers can be read.
enum MermaidChart {
    /// Shares of a whole; nothing when there is none.
    static func pie(_ title: String, _ parts: [(name: String, count: Int)]) -> String {
        guard parts.contains(where: { $0.count > 0 }) else { return "" }
        let rows = parts.filter { $0.count > 0 }.map { "    \"\(plain($0.name))\" : \($0.count)" }
        return block(["pie showData", "    title \(plain(title))"] + rows)
    }

    /// One value for each place of the axis, as a line; nothing of fewer than two.
    static func line(_ title: String, x: (title: String, places: [String]), y: (title: String, values: [Double]))
        -> String
    {
        let values = y.values.map { $0.isFinite ? min(max($0, 0), 1e12) : 0 }
        guard values.count > 1, values.count == x.places.count else { return "" }
        let places = x.places.map { "\"\(plain($0))\"" }.joined(separator: ", ")
        return block([
            "xychart-beta", "    title \"\(plain(title))\"", "    x-axis \"\(plain(x.title))\" [\(places)]",
            "    y-axis \"\(plain(y.title))\"", "    line [\(values.map(Figure.oneDecimal).joined(separator: ", "))]",
        ])
    }

    private static func block(_ lines: [String]) -> String {
        (["```mermaid"] + lines + ["```"]).joined(separator: "\n")
    }

    /// Names come from outside as well: nothing in them ends a text, a line or the block.
    private static func plain(_ text: String) -> String {
        String(
            text.prefix(80).map { character in
                let isPlain =
                    character.isASCII && (character.isLetter || character.isNumber || " /-_.,?=&".contains(character))
                return isPlain ? character : " "
            })
    }
}
