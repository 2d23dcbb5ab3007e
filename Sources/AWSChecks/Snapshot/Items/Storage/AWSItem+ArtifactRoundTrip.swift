import AWSClient
import RunModel
import UndoLog

extension AWSItem {
    /// An object written, read back and removed.
    public static let artifactRoundTrip = AWSItem(
        "artifactRoundTrip", at: \.artifactRoundTrip, actions: ["s3:PutObject", "s3:GetObject", "s3:DeleteObject"],
        on: .artifactProbe
    ) { collector, _ in
        await collector.artifactRoundTrip()
    }
}

extension AWSSnapshot {
    public var artifactRoundTrip: Collected<RoundTrip>? {
        get { self[.artifactRoundTrip] }
        set { self[.artifactRoundTrip] = newValue }
    }
}

/// An object written, read back and removed.
public struct RoundTrip: Sendable, Codable, Hashable {
    public var key: String
    public var wasReadBack: Bool
}

extension AWSSnapshotCollector {
    /// The object of a run's round trip.
    static func probeKey(_ runID: RunID) -> String { "\(UndoPermission.probePrefix)\(runID)" }

    /// Writes an object named after the run, reads it back and removes it, also when reading fails.
    fileprivate func artifactRoundTrip() async -> Collected<RoundTrip> {
        let (client, bucket) = (client, settings.artifactBucket)
        let key = Self.probeKey(runID)
        let content = Array("plumbline \(runID)\n".utf8)
        return await Collected.from { () async throws(AWSError) -> RoundTrip in
            do throws(AWSError) {
                _ = try await client.call(S3.putObject(bucket, key: key, body: content))
            } catch {
                // Without an answer it may have been kept all the same.
                if [.transport, .service, .throttled].contains(error.kind) {
                    _ = try? await client.call(S3.deleteObject(bucket, key: key))
                }
                throw error
            }
            let read: Collected<[UInt8]> = await .from { () async throws(AWSError) in
                let operation = S3.getObject(bucket, key: key)
                let bytes = try await client.bytes(operation)
                // An answer that was cut on its way says nothing of what is kept.
                guard bytes.count >= content.count || !content.starts(with: bytes) else {
                    throw AWSError(
                        .malformedAnswer, operation: operation.label,
                        message: "the answer ends after \(bytes.count) of \(content.count) bytes",
                        action: operation.action)
                }
                return bytes
            }
            _ = try await client.call(S3.deleteObject(bucket, key: key))
            switch read {
            case .value(let bytes): return RoundTrip(key: key, wasReadBack: bytes == content)
            case .failed(let error): throw error
            }
        }
    }
}
