import CheckKit
import Testing

@Suite struct PrivateHostTests {
    @Test(arguments: [
        "localhost", "API.localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1",
        "/run/postgresql",
    ])
    func `this machine has many names`(host: String) {
        #expect(PrivateHost.isThisMachine(host))
        #expect(PrivateHost.isAnswerable(host))
    }

    @Test(arguments: ["10.0.0.1", "fd00::1", "fe80::1%eth0", "::ffff:10.0.0.1", "mlflow.hokusai-development.local"])
    func `silence of the inside of a network is no failure`(host: String) {
        #expect(!PrivateHost.isThisMachine(host))
        #expect(!PrivateHost.isAnswerable(host))
    }

    @Test(arguments: ["localhost.example.com", "127.example.com", "2001:db8::1", "198.51.100.1", "notlocalhost"])
    func `everybody else is on the Internet`(host: String) {
        #expect(!PrivateHost.isThisMachine(host))
        #expect(PrivateHost.isAnswerable(host))
    }
}
