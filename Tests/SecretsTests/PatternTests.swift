import Foundation
import Secrets
import Testing

@Suite struct PatternTests {
    private static func masked(_ text: String) -> String { Redactor([]).masked(text) }

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
            ("redis://:p4ssw0rd@cache.internal:6379", "redis://:‹secret:url-password›@cache.internal:6379"),
            (
                "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nrest",
                "‹secret:private-key›\nrest"
            ),
            ("-----BEGIN PRIVATE KEY-----\nMIIE", "‹secret:private-key›"),
            ("password=hunter2x&user=a", "password=‹secret:password›&user=a"),
            ("PGPASSWORD=hunter2x psql", "PGPASSWORD=‹secret:password› psql"),
            (#"{"password": "hunter2x", "a": 1}"#, #"{"password": "‹secret:password›", "a": 1}"#),
            (#"{"SecretAccessKey":"wJalrXUtnFEMI/K7MDENG"}"#, #"{"SecretAccessKey":"‹secret:key›"}"#),
            (
                "<SecretAccessKey>wJalrXUtnFEMI/K7MDENG</SecretAccessKey>",
                "<SecretAccessKey>‹secret:key›</SecretAccessKey>"
            ),
            ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG", "aws_secret_access_key = ‹secret:key›"),
            ("api_key: 9f8e7d6c5b4a3210", "api_key: ‹secret:key›"),
            ("X-API-Key: 9f8e7d6c5b4a3210", "X-API-Key: ‹secret:key›"),
            ("client_secret='q1w2e3r4t5'", "client_secret='‹secret:password›'"),
            ("Authorization: Bearer q1w2e3r4t5y6u7i8", "Authorization: Bearer ‹secret:bearer-token›"),
            ("authorization: bearer aBcDeFgHiJkLmNoP", "authorization: bearer ‹secret:bearer-token›"),
        ])
    func patterns(text: String, expected: String) {
        #expect(Self.masked(text) == expected)
        #expect(Redactor([]).leaks(in: Array(text.utf8)).isEmpty, "a guess refuses nothing")
    }

    @Test(
        "they are masked behind every escape too",
        arguments: [
            "\\n", "\\t", "\\r\\n", "%20", "%3D", "%0A", "=", "\\/", "\\\"", "\\u003d", "\\\\n", "&quot;", "&#61;",
            "%2520", ">",
        ]
    )
    func behindEscapes(escape: String) {
        for key in ["hk_live_0123456789abcdef", "AKIAIOSFODNN7EXAMPLE", "ghp_0123456789abcdefghij0123456789"] {
            #expect(!Self.masked("x\(escape)\(key)\(escape) y").contains(key), "\(escape)")
        }
        #expect(!Self.masked(#"{"url":"postgres:\/\/u:s3cr3t-w0rd@db\/x"}"#).contains("s3cr3t"))
        #expect(!Self.masked("dsn=postgres%3A%2F%2Fu%3As3cr3t-w0rd%40db%2Fx").contains("s3cr3t"))
        #expect(!Self.masked(#"{\"password\":\"hunter2x\"}"#).contains("hunter2x"))
        #expect(!Self.masked("password%3Dhunter2x%26a=b").contains("hunter2x"))
    }

    @Test(
        "what only resembles a credential is left",
        arguments: [
            "hk_live_", "hk_live_short", "xhk_live_0123456789abcdef", "AKIA", "AKIAshort", "http://host:8080/a@b",
            "http://user@host", "eyJ", "http://:@host", "-----BEGIN CERTIFICATE-----", "://", ":", "-",
            "http://x:'y@z", "password: required", "\"password\": \"string\"", "password=password", "token: expired",
            "password=$PASSWORD", "password=${DB_PASSWORD}", "password=os.environ[\"X\"]", "password = get_password()",
            "Bearer authentication-required", "Bearer AuthenticationRequiredException", "Authorization: Bearer <token>",
        ])
    func noPatterns(text: String) {
        #expect(Self.masked(text) == text)
    }

    @Test("harmless texts keep their words", arguments: HarmlessTexts.all)
    func harmless(text: String) {
        let redactor = Redactor(
            Canaries.values.enumerated().map { Secret(name: "c\($0)", source: .environment("C"), value: $1) })
        let masked = redactor.masked(text)
        #expect(masked == text)
        #expect(redactor.leaks(in: Array(text.utf8)).isEmpty)
    }

    @Test("there are at least a hundred harmless texts")
    func count() { #expect(HarmlessTexts.all.count >= 100) }
}
