/// A service: how it is named in three places, and how it wants its calls written.
public struct AWSService: Hashable, Sendable {
    /// How parameters and answers are written.
    public enum WireProtocol: Hashable, Sendable {
        /// Form parameters in, XML out. EC2 numbers lists without the word `member`.
        case query(version: String, membersWord: Bool)
        /// JSON both ways; the operation is named in `X-Amz-Target` with this prefix.
        case json(version: String, targetPrefix: String)
        /// Resource paths, XML both ways (S3).
        case restXML
    }

    /// The name in host names (`monitoring.us-east-1.amazonaws.com`).
    public let endpointPrefix: String
    /// The name in the credential scope.
    public let signingName: String
    /// The name in IAM actions (`cloudwatch:GetMetricData`).
    public let iamPrefix: String
    /// The word in `AWS_ENDPOINT_URL_<word>`.
    public let environmentWord: String
    public let wireProtocol: WireProtocol
    /// Services with one endpoint for the whole partition are signed for this region.
    public let globalRegion: String?

    init(
        _ endpointPrefix: String, signingName: String? = nil, iam: String? = nil, environmentWord: String,
        globalRegion: String? = nil, _ wireProtocol: WireProtocol
    ) {
        self.endpointPrefix = endpointPrefix
        self.signingName = signingName ?? endpointPrefix
        self.iamPrefix = iam ?? endpointPrefix
        self.environmentWord = environmentWord
        self.globalRegion = globalRegion
        self.wireProtocol = wireProtocol
    }

    public static let sts = AWSService(
        "sts", environmentWord: "STS", .query(version: "2011-06-15", membersWord: true))
    public static let iam = AWSService(
        "iam", environmentWord: "IAM", globalRegion: "us-east-1", .query(version: "2010-05-08", membersWord: true))
    public static let ec2 = AWSService(
        "ec2", environmentWord: "EC2", .query(version: "2016-11-15", membersWord: false))
    public static let loadBalancing = AWSService(
        "elasticloadbalancing", environmentWord: "ELASTIC_LOAD_BALANCING_V2",
        .query(version: "2015-12-01", membersWord: true))
    public static let rds = AWSService(
        "rds", environmentWord: "RDS", .query(version: "2014-10-31", membersWord: true))
    public static let elastiCache = AWSService(
        "elasticache", environmentWord: "ELASTICACHE", .query(version: "2015-02-02", membersWord: true))
    public static let cloudWatch = AWSService(
        "monitoring", iam: "cloudwatch", environmentWord: "CLOUDWATCH",
        .query(version: "2010-08-01", membersWord: true))
    public static let ecs = AWSService(
        "ecs", environmentWord: "ECS",
        .json(version: "1.1", targetPrefix: "AmazonEC2ContainerServiceV20141113"))
    public static let ecr = AWSService(
        "api.ecr", signingName: "ecr", iam: "ecr", environmentWord: "ECR",
        .json(version: "1.1", targetPrefix: "AmazonEC2ContainerRegistry_V20150921"))
    public static let secretsManager = AWSService(
        "secretsmanager", environmentWord: "SECRETS_MANAGER", .json(version: "1.1", targetPrefix: "secretsmanager"))
    public static let cloudTrail = AWSService(
        "cloudtrail", environmentWord: "CLOUDTRAIL",
        .json(version: "1.1", targetPrefix: "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101"))
    public static let logs = AWSService(
        "logs", environmentWord: "CLOUDWATCH_LOGS", .json(version: "1.1", targetPrefix: "Logs_20140328"))
    public static let serviceDiscovery = AWSService(
        "servicediscovery", environmentWord: "SERVICEDISCOVERY",
        .json(version: "1.1", targetPrefix: "Route53AutoNaming_v20170314"))
    public static let ssm = AWSService("ssm", environmentWord: "SSM", .json(version: "1.1", targetPrefix: "AmazonSSM"))
    public static let serviceQuotas = AWSService(
        "servicequotas", environmentWord: "SERVICE_QUOTAS",
        .json(version: "1.1", targetPrefix: "ServiceQuotasV20190624"))
    public static let certificateManager = AWSService(
        "acm", environmentWord: "ACM", .json(version: "1.1", targetPrefix: "CertificateManager"))
    public static let s3 = AWSService("s3", environmentWord: "S3", .restXML)
}
