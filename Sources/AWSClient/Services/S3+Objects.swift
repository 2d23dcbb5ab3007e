import Formats
import Foundation
import HTTPClient

/// Objects that are written under a condition, in parts, or by somebody else's link.
extension S3 {
    /// When a write counts (Amazon S3 User Guide, "Conditional writes"). The answer is 412 when the condition does not hold and
    /// 409 when another write was under way, which says nothing about the condition.
    public enum WriteCondition: Hashable, Sendable {
        case always
        /// No object of that key exists.
        case absent
        /// The object still has this ETag; without an object the answer is 404.
        case matching(eTag: String)

        fileprivate var headers: [HTTPHeader] {
            switch self {
            case .always: []
            case .absent: [HTTPHeader("if-none-match", "*")]
            case .matching(let eTag): [HTTPHeader("if-match", eTag)]
            }
        }
    }

    /// How the service encrypts what is written; nil leaves it to the bucket's own setting.
    public struct ServerSideEncryption: Hashable, Sendable {
        public var kmsKey: String

        public init(kmsKey: String) { self.kmsKey = kmsKey }

        fileprivate var headers: [HTTPHeader] {
            [
                HTTPHeader("x-amz-server-side-encryption", "aws:kms"),
                HTTPHeader("x-amz-server-side-encryption-aws-kms-key-id", kmsKey),
            ]
        }
    }

    /// The header that carries the SHA-256 of a whole object, so that whoever reads it can hold the bytes against it.
    public static let digestHeader = "x-amz-meta-sha256"

    /// The service refuses bytes that do not fit `x-amz-checksum-sha256`.
    public static func putObject(
        _ bucket: String, key: String, body: [UInt8], condition: WriteCondition, encryption: ServerSideEncryption? = nil
    ) -> AWSOperation<AWSEmptyAnswer> {
        let digest = Digest.sha256(of: body)
        let headers = [
            HTTPHeader("x-amz-checksum-sha256", Data(digest).base64EncodedString()),
            HTTPHeader(digestHeader, Digest.hexadecimal(digest)),
        ]
        return .init(
            .s3, "PutObject",
            resource: .init(
                "PUT", bucket: bucket, key: key, headers: headers + condition.headers + (encryption?.headers ?? []),
                body: body))
    }

    /// A part of an object: read it with `AWSClient.response`.
    ///
    /// - Parameter eTag: of the object that is read in parts; another one is answered with 412.
    public static func getObject(
        _ bucket: String, key: String, range: Range<Int>, matching eTag: String? = nil
    ) -> AWSOperation<AWSEmptyAnswer> {
        let headers =
            [HTTPHeader("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")]
            + (eTag.map { [HTTPHeader("if-match", $0)] } ?? [])
        return .init(.s3, "GetObject", resource: .init("GET", bucket: bucket, key: key, headers: headers))
    }

    // MARK: Objects in parts

    public struct Upload: Decodable, Sendable { public var uploadId: String }

    public static func createUpload(
        _ bucket: String, key: String, digest: String, encryption: ServerSideEncryption? = nil
    ) -> AWSOperation<Upload> {
        .init(
            .s3, "CreateMultipartUpload", action: "PutObject",
            resource: .init(
                "POST", bucket: bucket, key: key, query: [.init("uploads")],
                headers: [HTTPHeader(digestHeader, digest), HTTPHeader("x-amz-checksum-algorithm", "SHA256")]
                    + (encryption?.headers ?? [])))
    }

    /// - Parameter number: counted from 1. All parts but the last have at least 5 MiB.
    public static func uploadPart(
        _ bucket: String, key: String, upload: String, number: Int, body: [UInt8]
    ) -> AWSOperation<AWSEmptyAnswer> {
        .init(
            .s3, "UploadPart", action: "PutObject",
            resource: .init(
                "PUT", bucket: bucket, key: key,
                query: [.init("partNumber", String(number)), .init("uploadId", upload)],
                headers: [
                    HTTPHeader("x-amz-checksum-sha256", Data(Digest.sha256(of: body)).base64EncodedString())
                ], body: body))
    }

    /// The answer may be an error although its status is 200.
    ///
    /// - Parameter parts: the ETag and the checksum (base64) of each, in order.
    public static func completeUpload(
        _ bucket: String, key: String, upload: String, parts: [(eTag: String, checksum: String)]
    ) -> AWSOperation<AWSEmptyAnswer> {
        let list = parts.enumerated().map { index, part in
            "<Part><PartNumber>\(index + 1)</PartNumber><ETag>\(part.eTag.replacing("\"", with: "&quot;"))</ETag>"
                + "<ChecksumSHA256>\(part.checksum)</ChecksumSHA256></Part>"
        }
        let namespace = "http://s3.amazonaws.com/doc/2006-03-01/"
        let body = "<CompleteMultipartUpload xmlns=\"\(namespace)\">\(list.joined())</CompleteMultipartUpload>"
        return .init(
            .s3, "CompleteMultipartUpload", action: "PutObject",
            resource: .init(
                "POST", bucket: bucket, key: key, query: [.init("uploadId", upload)],
                headers: [HTTPHeader("content-type", "application/xml")], body: Array(body.utf8)))
    }

    public static func abortUpload(_ bucket: String, key: String, upload: String) -> AWSOperation<AWSEmptyAnswer> {
        .init(
            .s3, "AbortMultipartUpload",
            resource: .init("DELETE", bucket: bucket, key: key, query: [.init("uploadId", upload)]))
    }

    // MARK: Links

    /// The longest that a link may be valid: seven days, with credentials that do not expire earlier.
    public static let longestLink = Duration.seconds(7 * 24 * 3600)
}
