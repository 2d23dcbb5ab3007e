import Formats
import Settings

/// A host and path at which a role is promised to answer, from the configured addresses of the services.
public struct PromisedRoute: Sendable, Codable, Hashable {
    /// The role whose service answers: `api`, `mlflow` or `auth`.
    public var role: String
    public var host: String
    public var port: Int
    public var path: String

    /// Every promise by name. Addresses in numbers, and names of the private namespace, do not lead over a load balancer's rules.
    static func all(of services: ServiceSettings, _ settings: AWSSettings) -> [PromisedRoute] {
        // The API answers for its second name and for the proxy to MLflow.
        let promises: [(role: String, url: String?, path: String)] = [
            ("api", services.api, "/health"), ("api", services.registry, "/health"), ("auth", services.auth, "/health"),
            ("mlflow", services.mlflowDirect, "/health"),
        ]
        var found: [PromisedRoute] = []
        for (role, url, path) in promises {
            guard let url, let address = NetworkAddress(url), settings.ecsServices[role] != nil else { continue }
            let isName = IPAddress(address.host) == nil && address.host.contains(".")
            guard isName, !address.host.hasSuffix("." + settings.namespace.lowercased()) else { continue }
            let route = PromisedRoute(
                role: role, host: address.host, port: address.port ?? NetworkAddress.usualPort(of: url),
                path: Self.path(of: url) + path)
            if !found.contains(route) { found.append(route) }
        }
        return found
    }

    /// The path of a URL without a slash at its end.
    private static func path(of url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return "" }
        let rest = url[scheme.upperBound...].prefix { !"?#".contains($0) }
        guard let slash = rest.firstIndex(of: "/") else { return "" }
        let path = rest[slash...]
        return String(path.hasSuffix("/") ? path.dropLast() : path)
    }
}
