import RunModel

/// AWS-S3-08: the role can write an artifact, read it back and remove it.
struct ArtifactRoundTripCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.artifactRoundTrip]
    let passingNote = "an object was written, read back and removed"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-S3-08", "The artifact bucket can be written and read",
            intent:
                "Registration ends with an artifact; without the bucket it fails at the last step (contract §11, 34).",
            procedure: "Writes an object named after the run, reads it back and removes it.", severity: .high,
            needs: [.writes],
            dependsOn: ["AWS-STS-01", "AWS-S3-01"], risk: "Artifact uploads fail with 500 or AccessDenied.",
            remediation: Remediation(
                summary: "Grant the task role s3:PutObject, s3:GetObject and s3:DeleteObject on the bucket.",
                command: "aws iam get-role-policy --role-name ROLE --policy-name NAME"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let bucket = expectations.settings.artifactBucket
        analysis.look(at: bucket) { analysis in
            let answer = snapshot.artifactRoundTrip
            if case .failed(let error)? = answer, error.kind == .notFound {
                analysis.found(
                    bucket, "the object could not be kept: \(error)", expected: "a bucket", got: error.message)
                return
            }
            if !(try answer.known().wasReadBack) {
                analysis.found(
                    bucket, "what was read is not what was written", expected: "the same bytes", got: "other bytes")
            }
        }
        return analysis
    }
}
