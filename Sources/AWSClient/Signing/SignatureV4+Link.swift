import Formats
import Foundation

extension SignatureV4 {
    /// The URL of a request with its signature in the query ("Authenticating Requests: Using Query Parameters"). The payload is not
    /// signed; only the host header is.
    func link(_ request: UnsignedRequest, at date: Date, expires: Duration) -> String {
        let timestamp = Timestamp.compact(date)
        let scope = [String(timestamp.prefix(8)), region, service, "aws4_request"].joined(separator: "/")
        var request = request
        request.query += [
            .init("X-Amz-Algorithm", "AWS4-HMAC-SHA256"), .init("X-Amz-Credential", "\(credentials.accessKeyID)/\(scope)"),
            .init("X-Amz-Date", timestamp), .init("X-Amz-Expires", String(expires.components.seconds)),
        ]
        if let token = credentials.sessionToken { request.query.append(.init("X-Amz-Security-Token", token)) }
        request.query.append(.init("X-Amz-SignedHeaders", "host"))
        let canonical = canonicalRequest(
            request, signed: [(name: "host", value: request.authority)], names: "host", payloadHash: "UNSIGNED-PAYLOAD")
        let toSign = ["AWS4-HMAC-SHA256", timestamp, scope, Digest.sha256Hex(of: canonical)].joined(separator: "\n")
        request.query.append(.init("X-Amz-Signature", signature(of: toSign, day: String(timestamp.prefix(8)))))
        return request.url
    }
}
