/// `withheld.json`: what a bundle was written without, and why.
struct Withheld: Codable {
    struct Entry: Codable, Hashable, Sendable {
        let path: String
        /// Names, never values.
        let secrets: [String]
    }

    static let path = "withheld.json"

    private(set) var reason: String? =
        "A value of these secrets stood in the file although everything is masked before it is written."
    let entries: [Entry]

    init(entries: [Entry]) { self.entries = entries }
}
