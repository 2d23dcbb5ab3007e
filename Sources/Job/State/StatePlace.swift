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

    /// What an identity must be allowed to keep the state there; none for a directory.
    public static func statements(
        of place: String, configuration: Configuration
    ) throws(StateError) -> [AccessPolicy.Statement] {
        guard StoreLocation.isRemote(place) else { return [] }
        let location = try location(place)
        let region = configuration.aws?.region ?? "us-east-1"
        let partition = region.hasPrefix("cn-") ? "aws-cn" : region.hasPrefix("us-gov-") ? "aws-us-gov" : "aws"
        let domain = partition == "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com"
        let bucket = "arn:\(partition):s3:::\(location.bucket)"
        var statements = [
            AccessPolicy.Statement(
                name: "ListState", actions: ["s3:ListBucket"], resources: [bucket], prefixes: ["\(location.prefix)*"]),
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

    private static func location(_ place: String) throws(StateError) -> StoreLocation {
        do throws(StoreLocation.Problem) {
            return try StoreLocation(place)
        } catch {
            throw .remote(place: place, reason: error.reason)
        }
    }
}
