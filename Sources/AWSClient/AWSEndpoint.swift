import Formats
import Foundation

/// Where a service's calls go, and the region they are signed for.
public struct AWSEndpoint: Hashable, Sendable {
    public let scheme: String
    /// Host and, when it is not the scheme's own, the port.
    public let authority: String
    /// A path in front of the service's own, without a trailing slash.
    public let basePath: String
    public let signingRegion: String

    /// Finds the endpoint: `AWS_ENDPOINT_URL_<SERVICE>`, then `AWS_ENDPOINT_URL`, then the configured URL, then the region's own.
    ///
    /// - Throws: `AWSError` of kind `configuration` for a URL or region that cannot be one.
    static func resolve(
        _ service: AWSService, region: String, environment: [String: String], configuredURL: String?
    ) throws(AWSError) -> AWSEndpoint {
        guard region.wholeMatch(of: #/[a-z]{2,5}(-[a-z]+)+-\d+/#) != nil else {
            throw AWSError(
                .configuration, operation: service.endpointPrefix,
                message: "\"\(region)\" is not a region; set aws.region or AWS_REGION, for example us-east-1")
        }
        let ignored = environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"]?.lowercased() == "true"
        let fromEnvironment =
            environment["AWS_ENDPOINT_URL_" + service.environmentWord].nonEmpty
            ?? environment["AWS_ENDPOINT_URL"].nonEmpty
        let signingRegion = service.globalRegion ?? region
        if let url = (ignored ? nil : fromEnvironment) ?? configuredURL.nonEmpty {
            return try parse(url, service: service, signingRegion: signingRegion)
        }
        let domain = AWSPartition.containing(region: region).domain
        let host =
            service.globalRegion == nil
            ? "\(service.endpointPrefix).\(region).\(domain)" : "\(service.endpointPrefix).\(domain)"
        return AWSEndpoint(scheme: "https", authority: host, basePath: "", signingRegion: signingRegion)
    }

    private static func parse(
        _ url: String, service: AWSService, signingRegion: String
    ) throws(AWSError) -> AWSEndpoint {
        guard let parts = URLComponents(string: url), let scheme = parts.scheme?.lowercased(),
            ["http", "https"].contains(scheme), var address = NetworkAddress(url)
        else {
            throw AWSError(
                .configuration, operation: service.endpointPrefix,
                message: "the endpoint \"\(url)\" is not an http or https URL")
        }
        if address.port == NetworkAddress.usualPort(of: url) { address.port = nil }
        let authority = address.hostInURL + (address.port.map { ":\($0)" } ?? "")
        let path = parts.path.hasSuffix("/") ? String(parts.path.dropLast()) : parts.path
        return AWSEndpoint(scheme: scheme, authority: authority, basePath: path, signingRegion: signingRegion)
    }
}

extension Optional where Wrapped == String {
    /// The text, unless it is missing or empty.
    var nonEmpty: String? { flatMap { $0.isEmpty ? nil : $0 } }
}
