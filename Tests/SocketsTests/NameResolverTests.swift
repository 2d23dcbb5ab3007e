import Sockets
import Testing

@Suite struct NameResolverTests {
    @Test("A numeric address is its own answer", arguments: ["127.0.0.1", "::1", "10.0.1.173"])
    func numeric(address: String) async throws {
        #expect(try await NameResolver.addresses(of: address, within: .seconds(5)).map(\.text) == [address])
    }

    @Test("Brackets and long forms of an address lead nowhere else", arguments: ["[::1]", "0:0:0:0:0:0:0:1"])
    func spelling(text: String) async throws {
        #expect(try await NameResolver.addresses(of: text, within: .seconds(1)).map(\.text) == ["::1"])
    }

    @Test("A name under localhost is loopback") func localhost() async throws {
        let addresses = try await NameResolver.addresses(of: "api.localhost", within: .seconds(5))
        #expect(addresses.map(\.text) == ["127.0.0.1", "::1"])
    }

    @Test("A name that cannot exist fails with its own name in the error") func missing() async {
        await #expect(throws: NameResolutionError.self) {
            try await NameResolver.addresses(of: "no-such-host.invalid", within: .seconds(10))
        }
    }
}
