import Foundation
import Secrets
import Testing

/// Texts that are all escapes, all beginnings of secrets, or all encodings: each of them took minutes once. Nothing here asserts a
/// time; a scan that is not linear does not come to its end within the suite's patience.
@Suite struct LinearityTests {
    @Test(
        "a text of 4 MB is looked through to its end whatever it is made of",
        arguments: [
            "%", "%25", "%2", "\\", "\\\\n", "\\u00", "&", "&amp;", "&#", ";", "}", "a", "0", "AbCd", "=", ":", "://",
            "https://a:b ", "-----BEGIN ", "-----BEGIN PRIVATE KEY-----", "password=", "Bearer ", "hk_live_", "…",
            "...", "\n",
            "canary-secret-value", "c3", "6368 ",
        ])
    func hostile(unit: String) {
        let secrets = (0..<12).map { index in
            Secret(name: "s\(index)", source: .environment("S"), value: "canary-secret-value-number-\(index)")
        }
        let redactor = Redactor(secrets)
        let end = "canary-secret-value-number-7"
        let text = Array(String(repeating: unit, count: (4 << 20) / unit.utf8.count).utf8) + Array(" \(end) ".utf8)
        let masked = redactor.masked(text)
        #expect(String(decoding: masked.suffix(20), as: UTF8.self).hasSuffix("‹secret:s7› "))
    }
}
