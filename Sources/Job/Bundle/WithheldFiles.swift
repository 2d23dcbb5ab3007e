/// `withheld.json` of a bundle that was written without some of its files.
struct WithheldFiles: Decodable {
    struct Entry: Decodable {
        let path: String
    }

    static let path = "withheld.json"

    let entries: [Entry]
}
