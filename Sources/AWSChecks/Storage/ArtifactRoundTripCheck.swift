import AWSClient
import CheckKit
import Foundation
import RunModel
import UndoLog

/// AWS-S3-08: the role can write an artifact, read it back and remove it.
struct ArtifactRoundTripCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.artifactRoundTrip]
    let passingNote = "an object was written, read back and removed"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-S3-08", "The artifact bucket can be written and read",
            intent:
                "Registration ends with an artifact; without the bucket it fails at the last step.",
            procedure: "Writes an object named after the run, reads it back and removes it.", severity: .high,
            needs: [.writes],
            dependsOn: ["AWS-STS-01", "AWS-S3-01"], risk: "Artifact uploads fail with 500 or AccessDenied.",
            remediation: Remediation(
                summary: "Grant the task role s3:PutObject, s3:GetObject and s3:DeleteObject on the bucket.",
                command: "aws iam get-role-policy --role-name ROLE --policy-name NAME"))
    }

    /// The object's removal stands in the undo log before the object is written.
    func run(_ context: CheckContext) async throws -> Outcome {
        let bucket = try context.awsExpectations().settings.artifactBucket
        let key = AWSSnapshotCollector.probeKey(context.runID)
        let record = UndoRecord(
            runID: context.runID, checkID: context.descriptor.id, what: "object s3://\(bucket)/\(key)",
            openedAt: Date(), lease: descriptor.deadline + context.configuration.limits.lateArrival + .seconds(60),
            actions: [.deleteObject(.init(bucket: bucket, key: key))],
            settling: context.configuration.limits.lateArrival)
        try await context.undoLog.writeAhead(record)
        let outcome: Outcome
        do { outcome = try await examine(context) } catch {
            context.recorder.noteUnansweredChange()
            await context.takeBack(.record(id: record.id), patience: .seconds(5))
            throw error
        }
        if let answer = try await context.awsStore().collected?.artifactRoundTrip, answer.leavesNothing {
            try context.undoLog.close(record.id, by: "run")
        } else {
            // The upload or the removal was not answered for good.
            context.recorder.noteUnansweredChange()
            await context.takeBack(.record(id: record.id), patience: .seconds(5))
        }
        return outcome
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let bucket = expectations.settings.artifactBucket
        analysis.look(at: bucket) { analysis in
            let answer = snapshot.artifactRoundTrip
            if case .failed(let error)? = answer, error.kind == .notFound {
                analysis.found(
                    .aws(error),
                    bucket, "the object could not be kept: \(error)", expected: "a bucket", got: error.message)
                return
            }
            if !(try answer.known().wasReadBack) {
                analysis.found(
                    .artifactChanged(.content),
                    bucket, "what was read is not what was written", expected: "the same bytes", got: "other bytes")
            }
        }
        return analysis
    }
}

extension Collected<RoundTrip> {
    /// Whether nothing was written, or what was written has been removed.
    fileprivate var leavesNothing: Bool {
        switch self {
        case .value: true
        case .failed(let error): error.kind == .notFound || error.missingAction == "s3:PutObject"
        }
    }
}
