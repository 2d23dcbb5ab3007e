import Testing

@testable import Formats

@Suite struct NetworkAddressTests {
    /// Each spelling, and host and port as they are read.
    @Test(
        arguments: [
            ("http://[::1]:8001/health", "::1", 8001), ("http://[::1]", "::1", nil), ("[::1]:5432", "::1", 5432),
            ("::1", "::1", nil), ("[0:0:0:0:0:0:0:1]:6379", "::1", 6379),
            ("https://[FD00::A]:443/x?y=[::2]:1", "fd00::a", 443),
            ("http://[::ffff:10.0.1.7]:80", "10.0.1.7", 80), ("::ffff:127.0.0.1", "127.0.0.1", nil),
            ("http://[fe80::1%25eth0]:8080/", "fe80::1%eth0", 8080), ("fe80::1%eth0", "fe80::1%eth0", nil),
            ("[fe80::1%eth0]:1", "fe80::1%eth0", 1), ("mlflow@[::1]:5432/mlflow_db", "::1", 5432),
            ("http://user:p:w@127.0.0.1:81", "127.0.0.1", 81), ("API.example.com:0", "api.example.com", 0),
            ("localhost", "localhost", nil), ("https://api.example.com?x", "api.example.com", nil),
            ("db.example:", "db.example", nil),
        ] as [(String, String, Int?)])
    func `host and port are read from every spelling`(text: String, host: String, port: Int?) throws {
        let address = try #require(NetworkAddress(text))
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(NetworkAddress(address.description) == address)
        #expect(NetworkAddress("http://\(address.hostInURL):\(port ?? 1)/")?.host == host)
    }

    @Test(arguments: [
        "", "http://", ":80", "[::1", "[zz]:1", "[127.0.0.1]:1", "1::2::3", "::1:port:x", "host:99999", "host:x",
        "[::1]x", "[::1%]:1",
    ])
    func `what is no address is refused`(text: String) { #expect(NetworkAddress(text) == nil) }

    @Test func `an address of IPv6 stands in brackets before its port`() {
        #expect(NetworkAddress(host: "::1", port: 5432).description == "[::1]:5432")
        #expect(NetworkAddress(host: "[::1]", port: 5432) == NetworkAddress(host: "::1", port: 5432))
        #expect(NetworkAddress(host: "fe80::1%eth0").hostInURL == "[fe80::1%25eth0]")
        #expect(NetworkAddress(host: "/var/run/postgresql", port: 5432).description == "/var/run/postgresql:5432")
    }

    @Test(arguments: [
        ("127.0.0.1", true, false), ("127.9.9.9", true, false), ("::1", true, false), ("[::1]", true, false),
        ("::ffff:127.0.0.1", true, false), ("0.0.0.0", true, false), ("::", true, false), ("10.1.2.3", false, true),
        ("::ffff:192.168.0.1", false, true), ("172.31.0.1", false, true), ("172.32.0.1", false, false),
        ("fd12::1", false, true),
        ("FE80::1%lo", false, true), ("feb0::1", false, true), ("2001:db8::1", false, false),
        ("198.51.100.1", false, false),
    ])
    func `where an address leads is read from its bytes`(text: String, isThisMachine: Bool, isPrivate: Bool) throws {
        let address = try #require(IPAddress(text))
        #expect(address.isThisMachine == isThisMachine)
        #expect(address.isPrivate == isPrivate)
    }

    @Test(arguments: ["", "localhost", "1.2.3", "[127.0.0.1]", "127.0.0.1%lo", "::1%", "[::1"])
    func `a text that is no numeric address is none`(text: String) { #expect(IPAddress(text) == nil) }
}
