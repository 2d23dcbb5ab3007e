import Formats
import Foundation
import Secrets
import Testing

@Suite struct SecretTests {
    private let secret = Secret(name: "api-key", source: .environment("API_KEY"), value: "swordfish-value")

    @Test("a secret never prints its value, however it is printed")
    func printing() {
        struct Holder { let secret: Secret; let optional: Secret? }
        let holder = Holder(secret: secret, optional: secret)
        var dumped = ""
        dump(holder, to: &dumped)
        let texts = [
            "\(secret)", "\([secret])", "\(["k": secret])", String(reflecting: secret), String(describing: secret),
            "\(holder)", String(reflecting: holder), dumped, "\(Mirror(reflecting: secret).children.map { $0 })",
            "\(Optional(secret) as Any)", "\(Set([secret]))",
        ]
        for text in texts { #expect(!text.contains("swordfish"), "\(text)") }
        #expect("\(secret)" == "‹secret:api-key›")
    }

    @Test("a secret cannot be written as JSON")
    func notEncodable() {
        #expect(!((secret as Any) is any Encodable))
    }

    @Test("the version changes with the value and with the name, and does not hold the value")
    func version() {
        #expect(secret.version == secret.resolved("swordfish-value").version)
        #expect(secret.version != secret.resolved("swordfish-valuf").version)
        #expect(
            secret.version != Secret(name: "other", source: .environment("API_KEY"), value: "swordfish-value").version)
        #expect(secret.version.count == 16)
        #expect(Secret(name: "a", source: .environment("A")).version == "unresolved")
        #expect(secret.version != Digest.hexadecimal(Digest.sha256(of: "swordfish-value".utf8).prefix(8)))
    }

    @Test(
        "a source reads what it writes",
        arguments: [
            SecretSource.environment("NAME"), .file("a/b c"), .secretsManager(id: "x/y", field: nil),
            .secretsManager(id: "x/y", field: "field"),
        ])
    func sources(source: SecretSource) {
        #expect(SecretSource(source.description) == source)
    }

    @Test(
        "what is no reference is none",
        arguments: ["", "NAME", "${NAME}", "${env:NAME", "env:NAME", "${env:}", "${vault:x}"])
    func noSource(text: String) {
        #expect(SecretSource(text) == nil)
    }
}
