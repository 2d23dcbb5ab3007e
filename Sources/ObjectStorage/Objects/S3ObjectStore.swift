import AWSClient
import Durable
import Formats
import Foundation
import Glibc
import HTTPClient
import Synchronization

/// Objects below one prefix of a bucket.
public struct S3ObjectStore: ObjectStore {
    private let aws: AWSClient
    private let location: StoreLocation
    private let encryption: S3.ServerSideEncryption?
    private let requests: RequestCount

    /// Larger files are sent in parts of this size, and larger objects read in ranges of it, in bytes.
    static let partSize = 6 << 20

    public init(_ aws: AWSClient, at location: StoreLocation, kmsKey: String? = nil, requests: RequestCount = .init()) {
        self.aws = aws
        self.location = location
        self.requests = requests
        encryption = kmsKey.map { S3.ServerSideEncryption(kmsKey: $0) }
    }

    private func name(_ key: String) -> String { location.prefix + key }
    private func url(_ key: String) -> String { "s3://\(location.bucket)/\(name(key))" }

    public func get(_ key: String) async throws(ObjectStoreError) -> StoredObject? {
        var bytes: [UInt8] = []
        let read = try await read(key) { (piece, _) throws(ObjectStoreError) in bytes += piece }
        guard let read else { return nil }
        return try sound(bytes, read.version, read.digest, key)
    }

    /// What the first answer says of an object.
    private struct Reading {
        var version: String?
        /// As whoever wrote it has noted it; nil for an object that another program wrote.
        var digest: String?
    }

    /// Reads an object in ranges.
    ///
    /// - Parameter take: gets each piece, and the size of the whole where it is known.
    /// - Returns: nil when there is no such object.
    private func read(
        _ key: String, _ take: ([UInt8], _ total: Int) throws(ObjectStoreError) -> Void
    ) async throws(ObjectStoreError) -> Reading? {
        var reading: Reading?
        var count = 0
        while true {
            let response: HTTPResponse
            do throws(AWSError) {
                requests.note(.read)
                response = try await aws.response(
                    S3.getObject(
                        location.bucket, key: name(key), range: count..<(count + Self.partSize),
                        matching: reading?.version))
            } catch {
                if error.status == 404, error.code != "NoSuchBucket" { return nil }
                // An empty object has no first byte to ask for.
                if error.status == 416, count == 0 { return try await whole(key, take) }
                throw failure(error, "read", key)
            }
            requests.note(received: response.body.count)
            count += response.body.count
            reading = reading ?? Self.reading(response)
            let total = response.headers["content-range"]?.split(separator: "/").last.flatMap { Int($0) } ?? count
            try take(response.body, total)
            if count >= total || response.body.isEmpty { return reading }
        }
    }

    private func whole(
        _ key: String, _ take: ([UInt8], _ total: Int) throws(ObjectStoreError) -> Void
    ) async throws(ObjectStoreError) -> Reading? {
        let response: HTTPResponse
        do throws(AWSError) {
            requests.note(.read)
            response = try await aws.response(S3.getObject(location.bucket, key: name(key)))
        } catch {
            if error.status == 404, error.code != "NoSuchBucket" { return nil }
            throw failure(error, "read", key)
        }
        try take(response.body, response.body.count)
        return Self.reading(response)
    }

    private static func reading(_ response: HTTPResponse) -> Reading {
        Reading(version: response.headers["etag"], digest: response.headers[S3.digestHeader])
    }

    private func sound(
        _ bytes: [UInt8], _ version: String?, _ digest: String?, _ key: String
    ) throws(ObjectStoreError) -> StoredObject {
        guard let version else {
            throw ObjectStoreError(.damaged, "\(url(key)) came without an ETag; the endpoint is no S3 that can be used")
        }
        guard let digest, digest == Digest.sha256Hex(of: bytes) else {
            let expected = digest.map { "SHA-256 \($0)" } ?? "the header \(S3.digestHeader), which this program writes"
            throw ObjectStoreError(
                .damaged,
                "\(url(key)) is damaged: expected \(expected), got \(bytes.count) bytes with \(Digest.sha256Hex(of: bytes))"
            )
        }
        return StoredObject(bytes: bytes, version: version)
    }

    public func put(
        _ key: String, _ bytes: [UInt8], if condition: ObjectCondition
    ) async throws(ObjectStoreError) -> ObjectPut {
        let wanted: S3.WriteCondition =
            switch condition {
            case .always: .always
            case .absent: .absent
            case .matching(let version): .matching(eTag: version)
            }
        do throws(AWSError) {
            requests.note(.write)
            requests.note(sent: bytes.count)
            let response = try await aws.response(
                S3.putObject(
                    location.bucket, key: name(key), body: bytes, condition: wanted, encryption: encryption))
            guard let version = response.headers["etag"] else {
                throw AWSError(.malformedAnswer, operation: "s3 PutObject", message: "the answer has no ETag")
            }
            return .written(version: version)
        } catch {
            switch (error.status, condition) {
            case (412, _): return .refused
            case (409, _): return .conflict
            case (404, .matching) where error.code != "NoSuchBucket": return .refused
            default: throw failure(error, "write", key)
            }
        }
    }

    public func list(_ prefix: String) async throws(ObjectStoreError) -> [String] {
        do throws(AWSError) {
            requests.note(.list)
            let objects = try await aws.all(S3.listObjects(location.bucket, prefix: name(prefix))) { $0.contents }
            requests.note(.list, objects.count / 1000)
            let skipped = location.prefix.count
            return objects.map { String($0.key.dropFirst(skipped)) }
        } catch {
            throw failure(error, "list", prefix)
        }
    }

    public func delete(_ key: String) async throws(ObjectStoreError) {
        do throws(AWSError) {
            requests.note(.delete)
            _ = try await aws.response(S3.deleteObject(location.bucket, key: name(key)))
        } catch {
            if error.status != 404 || error.code == "NoSuchBucket" { throw failure(error, "remove", key) }
        }
    }

    // MARK: Files

    public func download(
        _ key: String, to path: String, atMost limit: Int64
    ) async throws(ObjectStoreError) -> String? {
        let file = try DownloadedFile(path)
        var isWhole = false
        defer { file.close(keeping: isWhole) }
        let url = url(key)
        let read = try await read(key) { (piece, total) throws(ObjectStoreError) in
            guard total <= limit else {
                throw ObjectStoreError(.tooLarge, "\(url) has \(total) bytes, and at most \(limit) are read")
            }
            try file.append(piece)
        }
        guard let read else { return nil }
        let digest = file.digest()
        // Another program's objects say nothing; whoever knows the digest compares it.
        guard read.digest == nil || read.digest == digest else {
            throw ObjectStoreError(
                .damaged, "\(url) is damaged: expected SHA-256 \(read.digest ?? ""), got \(digest)")
        }
        isWhole = true
        return digest
    }

    public func upload(_ path: String, as key: String) async throws(ObjectStoreError) {
        let file: UploadedFile
        do { file = try UploadedFile(path, partSize: Self.partSize) } catch {
            throw ObjectStoreError(.refused, "\(path) cannot be read: \(error)")
        }
        if file.size <= Self.partSize {
            guard case .written = try await put(key, try part(of: file, 0), if: .always) else {
                // Without a condition there is none that could fail; another writer was at it at the same moment.
                throw ObjectStoreError(.unanswered, "\(url(key)) was written by another process at the same moment")
            }
            return
        }
        try await uploadParts(of: file, as: key)
    }

    private func part(of file: UploadedFile, _ index: Int) throws(ObjectStoreError) -> [UInt8] {
        do { return try file.part(index) } catch {
            throw ObjectStoreError(.refused, "\(file.path) cannot be read: \(error)")
        }
    }

    private func uploadParts(of file: UploadedFile, as key: String) async throws(ObjectStoreError) {
        let upload: String
        do throws(AWSError) {
            requests.note(.write)
            upload = try await aws.call(
                S3.createUpload(location.bucket, key: name(key), digest: file.digest, encryption: encryption)
            ).uploadId
        } catch {
            throw failure(error, "begin to write", key)
        }
        do throws(ObjectStoreError) {
            var parts: [(eTag: String, checksum: String)] = []
            for index in 0..<file.partCount {
                parts.append(try await send(try part(of: file, index), number: index + 1, upload, key))
            }
            try await complete(upload, parts, key)
        } catch {
            requests.note(.delete)
            _ = try? await aws.response(S3.abortUpload(location.bucket, key: name(key), upload: upload))
            throw error
        }
    }

    private func send(
        _ bytes: [UInt8], number: Int, _ upload: String, _ key: String
    ) async throws(ObjectStoreError) -> (eTag: String, checksum: String) {
        do throws(AWSError) {
            requests.note(.write)
            requests.note(sent: bytes.count)
            let response = try await aws.response(
                S3.uploadPart(location.bucket, key: name(key), upload: upload, number: number, body: bytes))
            guard let eTag = response.headers["etag"] else {
                throw AWSError(.malformedAnswer, operation: "s3 UploadPart", message: "the answer has no ETag")
            }
            return (eTag, Data(Digest.sha256(of: bytes)).base64EncodedString())
        } catch {
            throw failure(error, "write part \(number) of", key)
        }
    }

    private func complete(
        _ upload: String, _ parts: [(eTag: String, checksum: String)], _ key: String
    ) async throws(ObjectStoreError) {
        do throws(AWSError) {
            requests.note(.write)
            let response = try await aws.response(
                S3.completeUpload(location.bucket, key: name(key), upload: upload, parts: parts))
            // The status is sent before the service knows how it ends.
            guard !response.text.contains("<Error>") else {
                throw AWSError(
                    .service, operation: "s3 CompleteMultipartUpload", message: response.text.excerpt(300), status: 200)
            }
        } catch {
            throw failure(error, "end the upload of", key)
        }
    }

    private func failure(_ error: AWSError, _ what: String, _ key: String) -> ObjectStoreError {
        let isAnswer = ![.transport, .service, .throttled, .malformedAnswer].contains(error.kind)
        return ObjectStoreError(
            isAnswer ? .refused : .unanswered,
            "could not \(what) \(url(key)): \(error)\(advice(error).map { "; " + $0 } ?? "")")
    }

    /// What to do about a failure; nil where the message says it, or nothing helps but to try again.
    private func advice(_ error: AWSError) -> String? {
        if error.code == "NoSuchBucket" { return "make the bucket, or correct --state" }
        if error.code == "PermanentRedirect" || error.code == "AuthorizationHeaderMalformed" {
            return "the bucket is in another region: set aws.region or AWS_REGION to the bucket's"
        }
        return switch error.kind {
        case .accessDenied: "`plumbline policy --state \(location)` prints what the identity needs"
        case .expiredCredentials, .invalidCredentials, .noCredentials:
            "renew the credentials and give the same command again: it goes on where this one stopped"
        case .clockSkew: "set this machine's clock"
        case .transport, .service, .throttled:
            "give the same command again when S3 answers: it goes on where this one stopped"
        default: nil
        }
    }
}

/// A file that is made of pieces.
private final class DownloadedFile {
    private let path: String
    private let descriptor: Int32
    private var hasher = SHA256Hasher()

    init(_ path: String) throws(ObjectStoreError) {
        self.path = path
        descriptor = PrivateFile.open(path, O_WRONLY | O_CREAT | O_EXCL)
        guard descriptor >= 0 else { throw Self.failure(path) }
    }

    private static func failure(_ path: String) -> ObjectStoreError {
        ObjectStoreError(.refused, "\(path) cannot be written: \(SystemError(errno).writing)")
    }

    func append(_ bytes: [UInt8]) throws(ObjectStoreError) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure(path) }
            written += count
        }
        hasher.update(bytes)
    }

    func digest() -> String { Digest.hexadecimal(hasher.finish()) }

    func close(keeping: Bool) {
        Glibc.close(descriptor)
        if !keeping { unlink(path) }
    }
}

/// A file that is sent in parts.
private struct UploadedFile {
    let path: String
    let size: Int
    let digest: String
    private let handle: FileHandle
    private let partSize: Int

    init(_ path: String, partSize: Int) throws {
        self.path = path
        self.partSize = partSize
        handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        var hasher = SHA256Hasher()
        var size = 0
        while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty {
            hasher.update([UInt8](piece))
            size += piece.count
        }
        digest = Digest.hexadecimal(hasher.finish())
        self.size = size
    }

    var partCount: Int { max(1, (size + partSize - 1) / partSize) }

    func part(_ index: Int) throws -> [UInt8] {
        try handle.seek(toOffset: UInt64(index * partSize))
        return [UInt8](try handle.read(upToCount: min(partSize, size - index * partSize)) ?? Data())
    }
}

/// What a run asked of the store, for the report of its cost.
public final class RequestCount: Sendable {
    public enum Kind: String, CaseIterable, Sendable { case read, write, list, delete }

    private let state = Mutex<(counts: [Kind: Int], sent: Int, received: Int)>(([:], 0, 0))

    public init() {}

    public subscript(_ kind: Kind) -> Int { state.withLock { $0.counts[kind] ?? 0 } }
    /// In bytes.
    public var sent: Int { state.withLock { $0.sent } }
    public var received: Int { state.withLock { $0.received } }

    func note(_ kind: Kind, _ count: Int = 1) { state.withLock { $0.counts[kind, default: 0] += count } }
    func note(sent bytes: Int) { state.withLock { $0.sent += bytes } }
    func note(received bytes: Int) { state.withLock { $0.received += bytes } }
}
