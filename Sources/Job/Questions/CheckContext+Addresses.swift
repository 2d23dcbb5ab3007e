import CheckKit
import RunModel
import Settings
import Sockets

extension CheckContext {
    /// The numeric addresses of the host in a URL: the one that the configuration gives, or all of its name.
    ///
    /// - Throws: ``Stop`` as failed where the name has no address.
    func addresses(ofHostIn url: String, within limit: Duration) async throws -> [String] {
        let host = Self.host(of: url)
        if let fixed = services.configuration.services.resolve[host] { return [fixed] }
        do {
            return try await NameResolver.addresses(of: host, within: limit).map(\.text)
        } catch {
            throw Stop.failed(
                .unresolved(services.configuration.component(at: url), at: Place.text(of: url) ?? host),
                "the name \(host) has no address", expected: "an address", got: error.description)
        }
    }
}
