import Testing

@testable import HTTPClient

@Suite struct SensitiveURLTests {
    @Test(arguments: [
        ("https://api.example.test/health", "https://api.example.test/health"),
        ("https://u:p@api.example.test/health", "https://api.example.test/health"),
        ("https://u@x:p@h/a@b", "https://h/a@b"),
        ("http://h/?api_key=1&b=2", "http://h/?api_key=…&b=2"),
        ("http://h/?b=2&API_KEY=1#f?token=3", "http://h/?b=2&API_KEY=…#f?token=3"),
        ("http://h?token=1", "http://h?token=…"),
        ("/relative?api_key=1", "/relative?api_key=…"),
        ("", ""),
    ])
    func `what is shown of a URL carries no credentials`(url: String, shown: String) {
        #expect(SensitiveURL.shown(url) == shown)
    }

    @Test(arguments: [
        ("Jan  2 03:04:05 2026 GMT", 1_767_323_045.0), ("Nov 21 10:00:00 2026 GMT", 1_795_255_200.0),
    ])
    func `OpenSSL's dates are read`(text: String, seconds: Double) {
        #expect(Certificate.date(text)?.timeIntervalSince1970 == seconds)
        #expect(Certificate.date("soon") == nil)
    }
}
