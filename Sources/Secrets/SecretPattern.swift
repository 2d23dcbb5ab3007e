/// The shapes of credentials that are masked even when nobody declared them.
///
/// A hand-written scanner over decoded bytes (``DecodedText``) rather than regular expressions: every log line and every piece of
/// evidence goes through it, and its cost is one comparison a byte where no shape begins. What it masks is a guess, so it
/// replaces and never refuses anything.
enum SecretPattern {
    struct Match: Hashable, Sendable {
        var range: Range<Int>
        var name: String
    }

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

    /// Key formats: contract §4.1; AWS access key ids; the vendors' documentation of their tokens; JSON Web Tokens begin with
    /// `eyJ`.
    private static let prefixes: [Prefix] = [
        Prefix("hk_live_", "hokusai-key", minimum: 8), Prefix("hk_test_", "hokusai-key", minimum: 8),
        Prefix("hk_dev_", "hokusai-key", minimum: 8),
        Prefix("AKIA", "aws-access-key-id", minimum: 16), Prefix("ASIA", "aws-access-key-id", minimum: 16),
        Prefix("ghp_", "github-token", minimum: 30), Prefix("gho_", "github-token", minimum: 30),
        Prefix("ghu_", "github-token", minimum: 30), Prefix("ghs_", "github-token", minimum: 30),
        Prefix("ghr_", "github-token", minimum: 30), Prefix("github_pat_", "github-token", minimum: 30),
        Prefix("glpat-", "gitlab-token", minimum: 20),
        Prefix("xoxb-", "slack-token", minimum: 20), Prefix("xoxp-", "slack-token", minimum: 20),
        Prefix("xoxa-", "slack-token", minimum: 20), Prefix("xapp-", "slack-token", minimum: 20),
        Prefix("lin_api_", "linear-key", minimum: 20),
        Prefix("sk_live_", "stripe-key", minimum: 16), Prefix("rk_live_", "stripe-key", minimum: 16),
        Prefix("AIza", "google-key", minimum: 30), Prefix("hf_", "hugging-face-token", minimum: 30),
        Prefix("npm_", "npm-token", minimum: 30), Prefix("pypi-", "pypi-token", minimum: 40),
        Prefix("eyJ", "json-web-token", minimum: 40),
    ]

    /// The prefixes by their first byte: every byte is looked up.
    private static let prefixesByFirst: [[Prefix]] = (0...255).map { byte in
        prefixes.filter { $0.text[0] == UInt8(byte) }
    }

    private enum Trigger: UInt8 { case none, token, hyphen, colon, equals, angle, bearer }

    private static let triggers: [Trigger] = (0...255).map { byte in
        switch UInt8(byte) {
        case UInt8(ascii: "-"): .hyphen
        case UInt8(ascii: ":"): .colon
        case UInt8(ascii: "="): .equals
        case UInt8(ascii: ">"): .angle
        case UInt8(ascii: "B"), UInt8(ascii: "b"): .bearer
        default: prefixesByFirst[byte].isEmpty ? .none : .token
        }
    }

    /// Every shape in a text, from its start to its end; they do not overlap.
    static func matches(in bytes: UnsafeBufferPointer<UInt8>) -> [Match] {
        var matches: [Match] = []
        var position = 0
        triggers.withUnsafeBufferPointer { triggers in
            while position < bytes.count {
                let trigger = triggers[Int(bytes[position])]
                guard trigger != .none, let match = match(trigger, in: bytes, at: position) else {
                    position += 1
                    continue
                }
                matches.append(match)
                position = match.range.upperBound
            }
        }
        return matches
    }

    private static func match(_ trigger: Trigger, in bytes: UnsafeBufferPointer<UInt8>, at position: Int) -> Match? {
        switch trigger {
        case .none: nil
        case .token: token(in: bytes, at: position)
        case .hyphen: privateKey(in: bytes, at: position).map { Match(range: $0, name: "private-key") }
        case .colon:
            urlPassword(in: bytes, at: position).map { Match(range: $0, name: "url-password") }
                ?? AssignedSecret.value(in: bytes, at: position)
        case .equals, .angle: AssignedSecret.value(in: bytes, at: position)
        case .bearer: AssignedSecret.bearer(in: bytes, at: position)
        }
    }

    private static func token(in bytes: UnsafeBufferPointer<UInt8>, at position: Int) -> Match? {
        if position > 0, isTokenByte(bytes[position - 1]) { return nil }
        for prefix in prefixesByFirst[Int(bytes[position])] where bytes.holds(prefix.text, at: position) {
            var end = position + prefix.text.count
            while end < bytes.count,
                isTokenByte(bytes[end]) || (prefix.name == "json-web-token" && bytes[end] == UInt8(ascii: "."))
            {
                end += 1
            }
            if end - position - prefix.text.count >= prefix.minimum {
                return Match(range: position..<end, name: prefix.name)
            }
        }
        return nil
    }

    static func isTokenByte(_ byte: UInt8) -> Bool {
        byte.isLetterOrDigit || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }

    // MARK: Private keys

    private static let privateKeyBegin = Array("-----BEGIN ".utf8)
    private static let privateKeyEnd = Array("-----END ".utf8)
    private static let privateKeyWord = Array("PRIVATE KEY-----".utf8)

    /// A PEM block with a private key (RFC 7468), from its begin line to its end line, or as far as what follows may be its body.
    private static func privateKey(in bytes: UnsafeBufferPointer<UInt8>, at position: Int) -> Range<Int>? {
        guard bytes.holds(privateKeyBegin, at: position) else { return nil }
        var word = position + privateKeyBegin.count
        let latest = min(bytes.count, position + 64)
        while word < latest, !bytes.holds(privateKeyWord, at: word) {
            guard bytes[word].isLetterOrDigit || bytes[word] == 0x20 else { return nil }
            word += 1
        }
        guard word < latest else { return nil }
        let body = word + privateKeyWord.count
        if let end = endOfPrivateKey(in: bytes, from: body) { return position..<end }
        // Cut off: as far as there is base64.
        var end = body
        while end < bytes.count, bytes[end].isLetterOrDigit || "\r\n+/=".utf8.contains(bytes[end]) { end += 1 }
        while bytes[end - 1] <= 0x20 { end -= 1 }
        return position..<end
    }

    /// Behind the end line; nil when something comes before it that stands in no key, or when there is none.
    private static func endOfPrivateKey(in bytes: UnsafeBufferPointer<UInt8>, from body: Int) -> Int? {
        var end = body
        while end < bytes.count {
            if bytes.holds(privateKeyEnd, at: end) {
                end += privateKeyEnd.count
                while end < bytes.count, bytes[end].isLetterOrDigit || bytes[end] == 0x20 { end += 1 }
                while end < bytes.count, bytes[end] == UInt8(ascii: "-") { end += 1 }
                return end
            }
            // Its body is base64, after headers such as `Proc-Type: 4,ENCRYPTED` in old ones.
            guard bytes[end].isLetterOrDigit || " \t\r\n+/=-,:._".utf8.contains(bytes[end]),
                !bytes.holds(privateKeyBegin, at: end)
            else { return nil }
            end += 1
        }
        return nil
    }

    // MARK: URLs

    private static let schemeEnd = Array("://".utf8)

    /// The password of `scheme://user:password@host`, without the colon and the at sign.
    private static func urlPassword(in bytes: UnsafeBufferPointer<UInt8>, at position: Int) -> Range<Int>? {
        guard position > 0, bytes[position - 1].isLetterOrDigit, bytes.holds(schemeEnd, at: position) else {
            return nil
        }
        let start = position + schemeEnd.count
        var colon: Int?
        var at: Int?
        var index = start
        while index < min(bytes.count, start + 1024), !endsAuthority(bytes[index]) {
            if bytes[index] == UInt8(ascii: ":"), colon == nil { colon = index }
            if bytes[index] == UInt8(ascii: "@") { at = index }
            index += 1
        }
        guard let colon, let at, colon + 1 < at, at + 1 < bytes.count,
            bytes[at + 1].isLetterOrDigit || bytes[at + 1] == UInt8(ascii: "["),
            !AssignedSecret.isReference(bytes, colon + 1..<at)
        else { return nil }
        return colon + 1..<at
    }

    private static func endsAuthority(_ byte: UInt8) -> Bool {
        byte <= 0x20 || "/\"?#'<>`,".utf8.contains(byte)
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether these bytes stand at a position.
    @inline(__always)
    func holds(_ text: [UInt8], at position: Int) -> Bool {
        guard position + text.count <= count, self[position] == text[0] else { return false }
        for index in text.indices where self[position + index] != text[index] { return false }
        return true
    }
}
