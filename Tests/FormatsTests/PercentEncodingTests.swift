import Formats
import Testing

@Suite struct PercentEncodingTests {
    @Test(
        "Everything but the unreserved characters is escaped, byte by byte",
        arguments: [
            ("azAZ09-._~", "azAZ09-._~"), ("a b+c", "a%20b%2Bc"), ("/", "%2F"), ("ä", "%C3%A4"),
            ("\u{0}\u{7f}", "%00%7F"),
            ("%41", "%2541"), ("", ""), ("🔑", "%F0%9F%94%91"),
        ])
    func encodes(text: String, encoded: String) {
        #expect(PercentEncoding.encode(text) == encoded)
    }

    @Test("A path keeps its slashes") func path() {
        #expect(PercentEncoding.encode("a b/c?d", keepingSlash: true) == "a%20b/c%3Fd")
    }
}
