import AWSClient
import Formats
import Foundation
import ObjectStorage

/// Puts a bundle and its page below a prefix of a bucket, and lets a pointer lead to the newest.
///
/// ```
/// <environment>/<bundle>, <bundle>.sha256      the bundle as it is
/// <environment>/<run id>.html                  its page
/// <environment>/latest.json                    the newest run: it only moves forward
/// ```
public struct StoragePublication: Sendable {
    private let store: any ObjectStore
    private let rehearsal: (@Sendable (PlannedRequest) -> Void)?
    private let link: @Sendable (_ key: String, _ type: String) async throws(AWSError) -> String?
    /// For messages: `s3://bucket/prefix/`.
    private let place: String
    private let patience: Patience

    /// What the pointer says.
    public struct Latest: Codable, Hashable, Sendable {
        public var run: String
        public var bundle: String
        public var sha256: String
        public var page: String
        public var verdict: String
        public var exitCode: Int32
    }

    /// - Parameter link: makes an address under which anybody may read an object for a while; nil where none is wanted.
    public init(
        _ store: any ObjectStore, place: String, patience: Patience = Patience(),
        rehearsal: (@Sendable (PlannedRequest) -> Void)? = nil,
        link: @escaping @Sendable (String, String) async throws(AWSError) -> String? = { (_, _) in nil }
    ) {
        self.store = store
        self.place = place
        self.patience = patience
        self.rehearsal = rehearsal
        self.link = link
    }

    /// - Parameters:
    ///   - bundle: the file.
    ///   - page: HTML.
    public func publish(_ run: PublishedRun, bundle: URL, page: [UInt8]) async -> [PublicationResult] {
        let folder = PercentEncoding.encode(run.environment)
        let name = bundle.lastPathComponent
        var results: [PublicationResult] = []
        do throws(PublicationError) {
            let digest = try Self.digest(of: bundle)
            results.append(try await upload(bundle, digest, as: "\(folder)/\(name)"))
            results.append(
                try await put(Array("\(digest)  \(name)\n".utf8), "checksum", as: "\(folder)/\(name).sha256"))
            results.append(try await put(page, "page", as: "\(folder)/\(run.runID).html", type: "text/html"))
            let latest = Latest(
                run: run.runID, bundle: name, sha256: digest, page: "\(run.runID).html", verdict: run.verdict,
                exitCode: run.exitCode)
            // The pointer comes last: what it names is there.
            results.append(try await point(to: latest, "\(folder)/latest.json"))
        } catch {
            results.append(PublicationResult("bundle", .failed(error)))
        }
        return results
    }

    private static func digest(of file: URL) throws(PublicationError) -> String {
        do {
            let handle = try FileHandle(forReadingFrom: file)
            defer { try? handle.close() }
            var hasher = SHA256Hasher()
            while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty { hasher.update([UInt8](piece)) }
            return Digest.hexadecimal(hasher.finish())
        } catch {
            throw PublicationError(.unusable, "\(file.path) cannot be read: \(error.localizedDescription)")
        }
    }

    private func upload(
        _ file: URL, _ digest: String, as key: String
    ) async throws(PublicationError) -> PublicationResult {
        if plans("PUT", key, ["file": .string(file.lastPathComponent), "sha256": .string(digest)]) {
            return PublicationResult("bundle", .planned, url: place + key)
        }
        try await storing { () throws(ObjectStoreError) in try await store.upload(file.path, as: key) }
        return PublicationResult("bundle", .updated, url: try await address(of: key, "application/gzip"))
    }

    private func put(
        _ bytes: [UInt8], _ what: String, as key: String, type: String? = nil
    ) async throws(PublicationError) -> PublicationResult {
        if plans("PUT", key, ["bytes": .integer(Int64(bytes.count))]) {
            return PublicationResult(what, .planned, url: place + key)
        }
        try await storing { () throws(ObjectStoreError) in
            guard case .written = try await store.put(key, bytes, if: .always) else {
                throw ObjectStoreError(.unanswered, "\(place)\(key) was written by another process at the same moment")
            }
        }
        let url: String
        if let type { url = try await address(of: key, type) } else { url = place + key }
        return PublicationResult(what, .updated, url: url)
    }

    /// Lets the pointer name the run unless it names a later one.
    private func point(to latest: Latest, _ key: String) async throws(PublicationError) -> PublicationResult {
        let bytes: [UInt8]
        do { bytes = Array(try JSON.prettyData(latest)) } catch {
            throw PublicationError(.unusable, "the pointer cannot be written as JSON: \(error)")
        }
        for attempt in 1...patience.attempts {
            let (known, version) = try await pointer(key)
            if let known, known.run > latest.run {
                return PublicationResult(
                    "latest.json", .skipped("it names the later run \(known.run)"), url: place + key)
            }
            if known == latest { return PublicationResult("latest.json", .unchanged, url: place + key) }
            if plans("PUT", key, (try? JSON.decode(JSONValue.self, from: Data(bytes))) ?? .null) {
                return PublicationResult("latest.json", .planned, url: place + key)
            }
            let condition = version.map { ObjectCondition.matching(version: $0) } ?? .absent
            do throws(ObjectStoreError) {
                if case .written = try await store.put(key, bytes, if: condition) {
                    return PublicationResult(
                        "latest.json", version == nil ? .created : .updated, url: place + key)
                }
            } catch {
                guard error.code == .unanswered else { throw Self.failure(error) }
            }
            // Another publication was faster, or nobody knows: look again.
            await patience.sleep(patience.backOff(after: attempt))
        }
        throw PublicationError(
            .unanswered, "\(place)\(key) is written by others all the time", advice: "Run the same command again")
    }

    private func pointer(_ key: String) async throws(PublicationError) -> (Latest?, version: String?) {
        do throws(ObjectStoreError) {
            guard let object = try await store.get(key) else { return (nil, nil) }
            return (try? JSON.decode(Latest.self, from: Data(object.bytes)), object.version)
        } catch {
            throw Self.failure(error)
        }
    }

    /// Whether the request was shown instead of sent.
    private func plans(_ method: String, _ key: String, _ body: JSONValue) -> Bool {
        guard let rehearsal else { return false }
        rehearsal(PlannedRequest(method: method, url: place + key, body: body))
        return true
    }

    private func address(of key: String, _ type: String) async throws(PublicationError) -> String {
        do throws(AWSError) {
            return try await link(key, type) ?? place + key
        } catch {
            throw PublicationError(.refused, "no link to \(place)\(key) could be made: \(error)")
        }
    }

    private func storing(
        _ work: () async throws(ObjectStoreError) -> Void
    ) async throws(PublicationError) {
        do throws(ObjectStoreError) { try await work() } catch { throw Self.failure(error) }
    }

    private static func failure(_ error: ObjectStoreError) -> PublicationError {
        PublicationError(
            error.code == .unanswered ? .unanswered : .refused, error.description,
            advice: error.code == .refused
                ? "Whoever publishes needs s3:PutObject and s3:GetObject below the prefix, and s3:ListBucket of the bucket"
                : "")
    }
}
