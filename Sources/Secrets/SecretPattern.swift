/// The shapes of credentials that are masked even when nobody declared them.
///
/// A hand-written scanner over bytes rather than regular expressions: every log line and every piece of evidence goes
/// through it, and its cost is one comparison a byte where no shape begins.
enum SecretPattern {
    private struct Prefix {
        let text: [UInt8]
        let name: String
        /// How many characters of the token's alphabet must follow.
        let minimum: Int

        init(_ text: String, _ name: String, minimum: Int) {
            self.text = Array(text.utf8)
            self.name = name
            self.minimum = minimum
        }
    }

    /// Key formats: contract §4.1; AWS access key ids; GitHub and Slack tokens; JSON Web Tokens begin with `eyJ`.
    private static let prefixes: [Prefix] = [
        Prefix("hk_live_", "hokusai-key", minimum: 8),
        Prefix("hk_test_", "hokusai-key", minimum: 8),
        Prefix("hk_dev_", "hokusai-key", minimum: 8),
        Prefix("AKIA", "aws-access-key-id", minimum: 16),
        Prefix("ASIA", "aws-access-key-id", minimum: 16),
        Prefix("ghp_", "github-token", minimum: 30),
        Prefix("xoxb-", "slack-token", minimum: 20),
        Prefix("lin_api_", "linear-key", minimum: 20),
        Prefix("eyJ", "json-web-token", minimum: 40),
    ]

    private static let privateKeyBegin = Array("-----BEGIN ".utf8)
    private static let privateKeyWord = Array("PRIVATE KEY-----".utf8)
    private static let schemeEnd = Array("://".utf8)
    private static let placeholderStart = Array("‹".utf8)
    /// Whether a shape may begin with the byte: a table, since every byte is looked up.
    private static let mayBegin: [Bool] = {
        let first = Set(prefixes.map { $0.text[0] } + [UInt8(ascii: "-"), UInt8(ascii: ":")])
        return (0...255).map { first.contains(UInt8($0)) }
    }()

    static func replace(in bytes: [UInt8], found: inout [String: Int]) -> [UInt8] {
        var result: [UInt8] = []
        var copiedTo = 0
        var position = 0
        let mayBegin = mayBegin
        while position < bytes.count {
            guard mayBegin[Int(bytes[position])], let match = match(in: bytes, at: position) else {
                position += 1
                continue
            }
            result.append(contentsOf: bytes[copiedTo..<match.range.lowerBound])
            result.append(contentsOf: "‹secret:\(match.name)›".utf8)
            found[match.name, default: 0] += 1
            position = match.range.upperBound
            copiedTo = position
        }
        guard copiedTo > 0 else { return bytes }
        result.append(contentsOf: bytes[copiedTo...])
        return result
    }

    private static func match(in bytes: [UInt8], at position: Int) -> (range: Range<Int>, name: String)? {
        switch bytes[position] {
        case UInt8(ascii: "-"): privateKey(in: bytes, at: position).map { ($0, "private-key") }
        case UInt8(ascii: ":"): urlPassword(in: bytes, at: position).map { ($0, "url-password") }
        default: token(in: bytes, at: position)
        }
    }

    private static func token(in bytes: [UInt8], at position: Int) -> (range: Range<Int>, name: String)? {
        if position > 0, isTokenByte(bytes[position - 1]) { return nil }
        for prefix in prefixes where bytes[position...].starts(with: prefix.text) {
            var end = position + prefix.text.count
            while end < bytes.count,
                isTokenByte(bytes[end]) || (prefix.name == "json-web-token" && bytes[end] == UInt8(ascii: "."))
            {
                end += 1
            }
            if end - position - prefix.text.count >= prefix.minimum { return (position..<end, prefix.name) }
        }
        return nil
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// A PEM block with a private key, from its begin line to its end line (or the end of the text).
    private static func privateKey(in bytes: [UInt8], at position: Int) -> Range<Int>? {
        guard bytes[position...].starts(with: privateKeyBegin) else { return nil }
        let line = bytes[position...].prefix(64)
        guard let word = firstIndex(of: privateKeyWord, in: line) else { return nil }
        let body = bytes[(word + privateKeyWord.count)...]
        guard let end = firstIndex(of: privateKeyWord, in: body) else { return position..<bytes.count }
        return position..<end + privateKeyWord.count
    }

    /// The password of `scheme://user:password@host`, without the colon and the at sign.
    private static func urlPassword(in bytes: [UInt8], at position: Int) -> Range<Int>? {
        guard bytes[position...].starts(with: schemeEnd) else { return nil }
        let authority = bytes[(position + 3)...].prefix(1024).prefix { !$0.isAuthorityEnd }
        guard let at = authority.lastIndex(of: UInt8(ascii: "@")),
            let colon = authority[..<at].firstIndex(of: UInt8(ascii: ":")), colon + 1 < at
        else { return nil }
        // Already masked by name.
        if bytes[(colon + 1)...].starts(with: placeholderStart) { return nil }
        return (colon + 1)..<at
    }

    private static func firstIndex(of needle: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.count >= needle.count else { return nil }
        var position = bytes.startIndex
        while position + needle.count <= bytes.endIndex {
            if bytes[position] == needle[0], bytes[position...].starts(with: needle) { return position }
            position += 1
        }
        return nil
    }
}

extension UInt8 {
    fileprivate var isAuthorityEnd: Bool {
        self <= 0x20 || self == UInt8(ascii: "/") || self == UInt8(ascii: "\"") || self == UInt8(ascii: "?")
            || self == UInt8(ascii: "#") || self == UInt8(ascii: "'") || self == UInt8(ascii: "<")
    }
}
