import AWSChecks
import ObjectStorage
import Settings
import UndoLog

/// The state as a user names its place: a directory, or `s3://bucket/prefix/`.
public enum StatePlace {
    public static func store(
        _ place: String, configuration: Configuration, variables: [String: String]
    ) throws(StateError) -> any StateStore {
        guard StoreLocation.isRemote(place) else {
            return FolderStateStore(path: place, environment: configuration.environment)
        }
        return S3StateStore(try location(place), configuration: configuration, variables: variables)
    }

    /// Keeps the undo logs of a working directory in S3, for another process than the one that holds the lock.
    ///
    /// - Parameter generation: of the lock.
    public static func undoCopy(
        _ place: String, of directory: StateDirectory, generation: Int, configuration: Configuration,
        variables: [String: String]
    ) throws(StateError) -> any UndoLogCopy {
        S3StateStore(try location(place), configuration: configuration, variables: variables)
            .undoCopy(of: directory, generation: generation)
    }

    /// The objects of a state in S3, for whoever waits for a run there.
    public static func objects(
        _ place: String, configuration: Configuration, variables: [String: String]
    ) throws(StateError) -> any ObjectStore {
        S3StateStore(try location(place), configuration: configuration, variables: variables).objects
    }

    /// What an identity must be allowed to keep the state there; none for a directory.
    public static func statements(
        of place: String, configuration: Configuration
    ) throws(StateError) -> [AccessPolicy.Statement] {
        guard StoreLocation.isRemote(place) else { return [] }
        let location = try location(place)
        let region = configuration.aws?.region ?? "us-east-1"
        let partition = partition(of: region)
        let domain = partition == "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com"
        let bucket = "arn:\(partition):s3:::\(location.bucket)"
        var statements = [
            // Not for the prefix alone: without the right to list the bucket, S3 answers 403 for an object that is not there.
            AccessPolicy.Statement(name: "ListState", actions: ["s3:ListBucket"], resources: [bucket]),
            AccessPolicy.Statement(
                name: "KeepState",
                actions: ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
                resources: ["\(bucket)/\(location.prefix)*"]),
        ]
        if let key = configuration.state.kmsKey {
            // An alias is no resource of a policy: the condition says by whom keys are used.
            let resource =
                key.hasPrefix("arn:") && key.contains(":key/")
                ? key : "arn:\(partition):kms:\(region):\(configuration.aws?.account ?? "*"):key/*"
            statements.append(
                AccessPolicy.Statement(
                    name: "EncryptState", actions: ["kms:Decrypt", "kms:GenerateDataKey"], resources: [resource],
                    viaServices: ["s3.\(region).\(domain)"]))
        }
        return statements
    }

    /// What whoever submits the job as a task must be allowed: to start, follow and stop it, and to read its result.
    public static func submissionStatements(
        of place: String, configuration: Configuration
    ) throws(StateError) -> [AccessPolicy.Statement] {
        guard let submit = configuration.submit, let aws = configuration.aws else { return [] }
        let location = try location(place)
        let partition = partition(of: aws.region)
        func arn(_ service: String, _ resource: String) -> String {
            "arn:\(partition):\(service):\(aws.region):\(aws.account ?? "*"):\(resource)"
        }
        let cluster = submit.cluster ?? aws.cluster
        let family = submit.taskDefinition.split(separator: "/").last?.prefix { $0 != ":" } ?? ""
        let bucket = "arn:\(partition):s3:::\(location.bucket)"
        var statements = [
            AccessPolicy.Statement(
                name: "FindTasks", actions: ["ecs:DescribeTaskDefinition", "ecs:ListTasks"], resources: ["*"]),
            AccessPolicy.Statement(
                name: "RunJob", actions: ["ecs:RunTask"], resources: [arn("ecs", "task-definition/\(family):*")]),
            AccessPolicy.Statement(
                name: "FollowJob", actions: ["ecs:DescribeTasks", "ecs:StopTask", "ecs:TagResource"],
                resources: [arn("ecs", "task/\(cluster)/*")]),
            AccessPolicy.Statement(
                name: "ReadJobLog", actions: ["logs:GetLogEvents"], resources: [arn("logs", "log-group:*")]),
            AccessPolicy.Statement(name: "FindResult", actions: ["s3:ListBucket"], resources: [bucket]),
            AccessPolicy.Statement(
                name: "ReadResult", actions: ["s3:GetObject"],
                resources: ["bundles", "submissions"].map { "\(bucket)/\(location.prefix)\($0)/*" }),
        ]
        if !submit.roles.isEmpty {
            statements.append(.init(name: "PassRoles", actions: ["iam:PassRole"], resources: submit.roles.sorted()))
        }
        if configuration.state.kmsKey != nil {
            let domain = partition == "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com"
            statements.append(
                .init(
                    name: "DecryptResult", actions: ["kms:Decrypt"], resources: [arn("kms", "key/*")],
                    viaServices: ["s3.\(aws.region).\(domain)"]))
        }
        return statements
    }

    private static func partition(of region: String) -> String {
        region.hasPrefix("cn-") ? "aws-cn" : region.hasPrefix("us-gov-") ? "aws-us-gov" : "aws"
    }

    private static func location(_ place: String) throws(StateError) -> StoreLocation {
        do throws(StoreLocation.Problem) {
            return try StoreLocation(place)
        } catch {
            throw .remote(place: place, reason: error.reason)
        }
    }
}
