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
        let partition = AWSPartition.containing(region: region)
        let signingRegion = service.globalRegion == nil ? region : partition.home
        if let url = (ignored ? nil : fromEnvironment) ?? configuredURL.nonEmpty {
            return try parse(url, service: service, signingRegion: signingRegion)
        }
        let host = try host(of: service, region: region, partition, Variant(environment), environment)
        return AWSEndpoint(scheme: "https", authority: host, basePath: "", signingRegion: signingRegion)
    }

    /// Which of a service's endpoints is wanted.
    private struct Variant {
        let isFIPS: Bool
        let isDualStack: Bool

        init(_ environment: [String: String]) {
            isFIPS = environment["AWS_USE_FIPS_ENDPOINT"]?.lowercased() == "true"
            isDualStack = environment["AWS_USE_DUALSTACK_ENDPOINT"]?.lowercased() == "true"
        }
    }

    /// The host by the rules that the services' endpoint rule sets share; those of S3 and ECR have names of their own.
    private static func host(
        of service: AWSService, region: String, _ partition: AWSPartition, _ variant: Variant,
        _ environment: [String: String]
    ) throws(AWSError) -> String {
        let fips = variant.isFIPS ? "-fips" : ""
        if service == .s3, variant.isFIPS || variant.isDualStack {
            return "s3\(fips)\(variant.isDualStack ? ".dualstack" : "").\(region).\(partition.domain)"
        }
        let prefix = service == .ecr && (variant.isFIPS || variant.isDualStack) ? "ecr" : service.endpointPrefix
        if variant.isDualStack {
            guard let domain = partition.dualStackDomain else {
                throw AWSError(
                    .configuration, operation: service.endpointPrefix,
                    message: "\(partition.name) has no dual-stack endpoints; unset AWS_USE_DUALSTACK_ENDPOINT")
            }
            return service.globalRegion == nil
                ? "\(prefix)\(fips).\(region).\(domain)" : "\(prefix)\(fips).global.\(domain)"
        }
        let isPlain = partition.name == "aws-us-gov" && plainInGovernment.contains(prefix)
        let name = prefix + (isPlain ? "" : fips)
        if service.globalRegion == nil { return "\(name).\(region).\(partition.domain)" }
        return partition.name == "aws"
            ? "\(name).\(partition.domain)" : "\(name).\(globalLabel(partition)).\(partition.domain)"
    }

    /// Services whose only endpoint in GovCloud is the FIPS one, without saying so in its name.
    private static let plainInGovernment: Set<String> = [
        "sts", "iam", "ec2", "rds", "elasticloadbalancing", "elasticache", "monitoring", "cloudtrail", "logs", "ssm",
        "acm",
    ]

    private static func globalLabel(_ partition: AWSPartition) -> String {
        partition.name == "aws-us-gov" ? "us-gov" : partition.home
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
