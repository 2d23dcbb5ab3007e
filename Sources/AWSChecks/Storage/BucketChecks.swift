import AWSClient
import CheckKit
import RunModel
import Settings

/// What must hold of every configured bucket: each check is one question.
struct BucketChecks: CheckFamily {
    func checks(for configuration: Configuration) -> [any Check] {
        [
            BucketCheck(
                id: "AWS-S3-01", title: "The buckets exist", item: .buckets, defect: .missing, severity: .high,
                isCritical: true,
                risk: "Artifacts cannot be stored or read.",
                remediation: Remediation(summary: "Create the bucket.", command: "aws s3 mb s3://BUCKET"),
                asked: { bucket in
                    AWSQuestion(["s3api", "head-bucket", "--bucket", bucket], holds: nil, absences: ["404"])
                },
                question: { bucket, snapshot, _ in
                    try snapshot.buckets[bucket].known()
                        ? nil : ("the bucket does not exist", "a bucket", "none of that name")
                }),
            BucketCheck(
                id: "AWS-S3-02", title: "The buckets keep versions", item: .bucketVersioning,
                defect: .setting("VersioningConfiguration"), severity: .medium,
                risk: "An overwritten artifact is lost.",
                remediation: Remediation(
                    summary: "Switch versioning on.",
                    command: "aws s3api put-bucket-versioning --bucket BUCKET --versioning-configuration Status=Enabled"
                ),
                asked: { bucket in
                    AWSQuestion(
                        ["s3api", "get-bucket-versioning", "--bucket", bucket],
                        holds: "Status == \(AWSQuestion.literal("Enabled"))")
                },
                question: { bucket, snapshot, _ in
                    let status = try snapshot.bucketVersioning[bucket].known().status ?? "never enabled"
                    return status == "Enabled" ? nil : ("versioning is \(status)", "Enabled", status)
                }),
            BucketCheck(
                id: "AWS-S3-03", title: "The buckets are encrypted", item: .bucketEncryption, defect: .exposed(.access),
                severity: .medium,
                risk: "Objects lie unencrypted.",
                remediation: Remediation(
                    summary: "Set a default encryption.",
                    command:
                        "aws s3api put-bucket-encryption --bucket BUCKET --server-side-encryption-configuration '{\"Rules\":[{\"ApplyServerSideEncryptionByDefault\":{\"SSEAlgorithm\":\"AES256\"}}]}'"
                ),
                asked: { bucket in
                    AWSQuestion(
                        ["s3api", "get-bucket-encryption", "--bucket", bucket],
                        holds:
                            "length(ServerSideEncryptionConfiguration.Rules[?ApplyServerSideEncryptionByDefault]) > `0`",
                        absences: ["ServerSideEncryptionConfigurationNotFoundError"])
                },
                question: { bucket, snapshot, _ in
                    let rules = try snapshot.bucketEncryption[bucket].known().rule
                    let algorithm = rules.compactMap { $0.applyServerSideEncryptionByDefault?.sseAlgorithm }.first
                    return algorithm == nil ? ("no default encryption", "AES256 or aws:kms", "none") : nil
                }),
            BucketCheck(
                id: "AWS-S3-04", title: "The buckets block public access", item: .bucketPublicAccess,
                defect: .setting("PublicAccessBlock"), severity: .high,
                risk: "One wrong policy or list makes models public.",
                remediation: Remediation(
                    summary: "Switch all four blocks on.",
                    command:
                        "aws s3api put-public-access-block --bucket BUCKET --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true"
                ),
                asked: { bucket in
                    let blocks = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"]
                    return AWSQuestion(
                        ["s3api", "get-public-access-block", "--bucket", bucket],
                        holds: blocks.map { "PublicAccessBlockConfiguration.\($0) == `true`" }
                            .joined(separator: " && "), absences: ["NoSuchPublicAccessBlockConfiguration"])
                },
                question: { bucket, snapshot, _ in
                    let block = try snapshot.bucketPublicAccess[bucket].known()
                    return block.isComplete
                        ? nil : ("public access is not blocked", "all four blocks on", "some or all off")
                }),
            BucketCheck(
                id: "AWS-S3-05", title: "No bucket policy lets everyone in", item: .bucketPolicies,
                others: [.bucketPublicAccess],
                defect: .exposed(.openToWorld), severity: .critical,
                risk: "Anyone can read or write the bucket.",
                remediation: Remediation(
                    summary: "Name the principals.", command: "aws s3api get-bucket-policy --bucket BUCKET"),
                question: { bucket, snapshot, _ in
                    let policy = try snapshot.bucketPolicies[bucket].known()
                    guard let statement = BucketPolicy.publicStatement(in: policy),
                        // The block takes back what the policy gives to the public.
                        snapshot.bucketPublicAccess[bucket]?.answer?.restrictPublicBuckets != true
                    else { return nil }
                    return ("the policy lets everyone in", "named principals", statement)
                }),
            BucketCheck(
                id: "AWS-S3-06", title: "No lifecycle rule removes or freezes objects early", item: .bucketLifecycles,
                defect: .expiry("LifecycleConfiguration"), severity: .high,
                risk: "Artifacts vanish after days.",
                remediation: Remediation(
                    summary: "Let objects live for at least 90 days.",
                    command: "aws s3api get-bucket-lifecycle-configuration --bucket BUCKET"),
                question: { bucket, snapshot, settings in
                    LifecycleRisk.of(
                        try snapshot.bucketLifecycles[bucket].known(),
                        holdsArtifacts: bucket == settings.artifactBucket)
                }),
        ]
    }
}

/// One question to every configured bucket.
struct BucketCheck: SnapshotCheck {
    let id: CheckID
    let title: String
    let item: AWSItem
    var others: [AWSItem] = []
    /// What a question that is answered with no means.
    let defect: ResourceDefect
    let severity: Severity
    var isCritical = false
    let risk: String
    let remediation: Remediation
    /// The same question to the AWS command line; nil where it cannot be put so.
    var asked: (@Sendable (String) -> AWSQuestion)?
    /// Nil when all is well, else what is wrong, what was expected and what is there.
    let question:
        @Sendable (String, AWSSnapshot, AWSSettings) throws -> (message: String, expected: String, got: String)?

    var items: [AWSItem] { [item] + others }
    let judgesEachAlone = true
    var passingNote: String { title }

    var descriptor: CheckDescriptor {
        declare(
            id, title, intent: "What MLflow and the pipelines store lies in these buckets.", severity: severity,
            isCritical: isCritical, risk: risk,
            remediation: remediation)
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        for bucket in expectations.settings.buckets {
            analysis.look(at: bucket) { analysis in
                if let wrong = try question(bucket, snapshot, expectations.settings) {
                    analysis.found(
                        defect.symptom(of: .aws(.bucket, bucket), says: wrong.got), bucket, wrong.message,
                        expected: wrong.expected, got: wrong.got, question: asked?(bucket))
                }
            }
        }
        return analysis
    }
}
