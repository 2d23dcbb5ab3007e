import Formats
import Foundation
import Secrets
import TestSupport
import Testing

@Suite struct RedactorTests {
    private static let value = "pä$$ w/rd+\"x\\y<&>%41'=z"
    private let redactor = Redactor([Secret(name: "db", source: .environment("P"), value: RedactorTests.value)])

    /// Every way in which the value travels, by name.
    static func forms(of value: String) -> [(name: String, text: String)] {
        let utf8 = Array(value.utf8)
        func percent(_ kept: String, upper: Bool = true, plus: Bool = false) -> String {
            utf8.map { byte in
                let character = Character(Unicode.Scalar(byte))
                if plus, byte == 0x20 { return "+" }
                if byte < 0x80, character.isLetter || character.isNumber || kept.contains(character) {
                    return String(character)
                }
                let hex = Digest.hexadecimal([byte])
                return "%" + (upper ? hex.uppercased() : hex)
            }.joined()
        }
        func json(_ text: String) -> String {
            String(decoding: (try? JSON.data(text)) ?? Data(), as: UTF8.self).dropFirst().dropLast().description
        }
        let ascii = value.utf16.map { unit -> String in
            unit < 0x80 ? json(String(decoding: [unit], as: UTF16.self)) : "\\u" + String(format: "%04x", Int(unit))
        }.joined()
        let html = value.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
        return [
            ("raw", value), ("percent", percent("-._~")), ("percent, lower case", percent("-._~", upper: false)),
            ("form", percent("-._*", plus: true)), ("encodeURIComponent", percent("-_.!~*'()")),
            ("URL path", percent("-._~!$&'()*+,;=:@")), ("JSON", json(value)),
            ("JSON with \\/", json(value).replacing("/", with: "\\/")), ("JSON, ASCII only", ascii),
            ("JSON in JSON", json(json(value))), ("JSON in JSON in JSON", json(json(json(value)))), ("HTML", html),
        ]
            + ["", "u", "us", "usr:", "user:"].flatMap { prefix -> [(name: String, text: String)] in
                ["", "!", "!!"].flatMap { suffix -> [(name: String, text: String)] in
                    let data = Data((prefix + value + suffix).utf8).base64EncodedString()
                    let safe = data.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
                    return [
                        ("base64 after ‘\(prefix)’ before ‘\(suffix)’", data),
                        ("base64url after ‘\(prefix)’ before ‘\(suffix)’", safe),
                        ("base64 in a URL", data.replacing("+", with: "%2B").replacing("/", with: "%2f")),
                    ]
                }
            }
    }

    @Test("a value is found in every form in which it travels", arguments: forms(of: value))
    func travellingForms(name: String, text: String) {
        let redacted = redactor.redact("before " + text + " after")
        #expect(redacted.contains("‹secret:db›"), "\(redacted)")
        #expect(redacted.hasPrefix("before ") && redacted.hasSuffix(" after"))
        #expect(redactor.leaks(in: Array(text.utf8)) == ["db"])
        #expect(redactor.leaks(in: Array(redacted.utf8)).isEmpty)
    }

    @Test("Basic credentials are masked whatever the user's name")
    func basic() {
        for length in 1...12 {
            let user = String(repeating: "u", count: length)
            let header = "Authorization: Basic " + Data("\(user):\(Self.value)".utf8).base64EncodedString()
            let redacted = redactor.redact(header)
            #expect(redacted.hasPrefix("Authorization: Basic "))
            let rest = redacted.dropFirst("Authorization: Basic ".count)
            let decoded = rest.replacing("‹secret:db›", with: "")
            #expect(
                rest.contains("‹secret:db›") && !String(decoded).contains(Data(Self.value.utf8).base64EncodedString()))
        }
    }

    @Test("no random secret survives in random surroundings in any form")
    func property() {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed of the redactor's property test: \(seed)")
        var random = SplitMix(seed: seed)
        let alphabet = Array("abcXYZ0123456789-_.~!*'();:@&=+$,/?#[]%\" \\<>{}|^`äß€日😀\n\t")
        for _ in 0..<400 {
            let value = String(
                (0..<Int.random(in: 8...40, using: &random)).map { _ in
                    alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
                })
            let redactor = Redactor([Secret(name: "s", source: .environment("S"), value: value)])
            for (name, form) in Self.forms(of: value) {
                let noise = (0..<2).map { _ in
                    String(
                        (0..<Int.random(in: 0...20, using: &random)).map { _ in
                            alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
                        })
                }
                let redacted = redactor.redact(noise[0] + "|" + form + "|" + noise[1])
                #expect(
                    redacted.contains("‹secret:") && !redacted.contains(form),
                    "seed \(seed), \(name): \(value.debugDescription) as \(form.debugDescription)")
            }
        }
    }

    @Test("what holds no secret is left byte for byte")
    func untouched() {
        let text =
            "GET /health?x=%41+%zz 200 {\"a\\\\b\":\"\\u00e9\"} 100% & \\ äöü https://host:80/path user@host -----BEGIN CERTIFICATE-----"
        #expect(redactor.redact(text) == text)
        let binary = (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 3) }
        #expect(redactor.redact(binary) == binary)
        #expect(redactor.redact([UInt8]()) == [])
        #expect(redactor.replacements.isEmpty)
    }

    @Test("placeholders are stable: masking twice changes nothing, and the same value has the same name")
    func stable() {
        let once = redactor.redact("a \(Self.value) b \(Self.value)")
        #expect(once == "a ‹secret:db› b ‹secret:db›")
        #expect(redactor.redact(once) == once)
        #expect(redactor.replacements == ["db": 2])
        let twins = Redactor([
            Secret(name: "first", source: .environment("A"), value: "same-value"),
            Secret(name: "second", source: .environment("B"), value: "same-value"),
        ])
        #expect(twins.redact("same-value") == "‹secret:first›")
    }

    @Test("of two values of which one begins with the other, the longer is masked whole")
    func overlapping() {
        let redactor = Redactor([
            Secret(name: "short", source: .environment("A"), value: "abcdefgh"),
            Secret(name: "long", source: .environment("B"), value: "abcdefgh-and-more"),
        ])
        #expect(redactor.redact("abcdefgh-and-more abcdefgh") == "‹secret:long› ‹secret:short›")
    }

    @Test("values too short to be told from words, and those without a value, are left alone")
    func short() {
        let redactor = Redactor([
            Secret(name: "short", source: .environment("A"), value: "a b c"),
            Secret(name: "open", source: .environment("B")),
        ])
        #expect(redactor.redact("a b c") == "a b c")
    }

    @Test(
        "credentials that nobody declared are masked by their shape",
        arguments: [
            ("key hk_live_0123456789abcdef!", "key ‹secret:hokusai-key›!"),
            ("hk_test_sandbox_reader", "‹secret:hokusai-key›"), ("hk_dev_0123456789", "‹secret:hokusai-key›"),
            ("id AKIAIOSFODNN7EXAMPLE.", "id ‹secret:aws-access-key-id›."),
            ("ghp_0123456789abcdefghij0123456789", "‹secret:github-token›"),
            ("xoxb-0123456789-abcdefghij", "‹secret:slack-token›"),
            ("lin_api_0123456789abcdefghij", "‹secret:linear-key›"),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc-_DEF", "‹secret:json-web-token›"),
            ("postgres://user:pa:ss@w@host:5432/db", "postgres://user:‹secret:url-password›@host:5432/db"),
            (
                "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nrest",
                "‹secret:private-key›\nrest"
            ),
            ("-----BEGIN PRIVATE KEY-----\nMIIE cut off", "‹secret:private-key›"),
        ])
    func patterns(text: String, expected: String) {
        #expect(Redactor([]).redact(text) == expected)
        #expect(!Redactor([]).leaks(in: Array(text.utf8)).isEmpty)
    }

    @Test(
        "what only resembles a credential is left",
        arguments: [
            "hk_live_", "hk_live_short", "xhk_live_0123456789abcdef", "AKIA", "AKIAshort", "http://host:8080/a@b",
            "http://user@host", "eyJ", "http://:@host", "-----BEGIN CERTIFICATE-----", "://", ":", "-",
        ])
    func noPatterns(text: String) {
        #expect(Redactor([]).redact(text) == text)
    }

    @Test("the time for a text grows with its length and not faster, also where every byte might begin a secret")
    func linear() {
        let redactor = Redactor(
            (0..<12).map { index in
                Secret(name: "s\(index)", source: .environment("S"), value: "\\%&-secret-value-number-\(index)")
            })
        func steps(_ text: String) -> Duration {
            let bytes = Array(text.utf8)
            return (0..<3).map { _ in ContinuousClock().measure { _ = redactor.redact(bytes) } }.min() ?? .zero
        }
        for unit in ["\\\\\\\\\\\\\\\\", "%25%25", "&amp;&amp;", "https://a:b ", "-----BEGIN "] {
            let small = steps(String(repeating: unit, count: 2000))
            let large = steps(String(repeating: unit, count: 16000))
            // Eight times the text: a quadratic scan would take 64 times as long.
            #expect(large < small * 30 + .milliseconds(50), "\(unit): \(small) and \(large)")
        }
    }
}
