import Formats
import Foundation
import HTTPClient

/// AWS Signature Version 4 (AWS General Reference, "Create a signed AWS API request").
///
/// Written here because libcurl's own signer is wrong for flag queries, reserved characters in a query, paths with ARNs and
/// bodies sent with `PUT`, and never sends `x-amz-content-sha256`.
public struct SignatureV4: Sendable {
    /// The signing name of the service (`ecs`, `s3`, `monitoring`).
    public let service: String
    public let region: String
    public let credentials: AWSCredentials

    public init(service: String, region: String, credentials: AWSCredentials) {
        self.service = service
        self.region = region
        self.credentials = credentials
    }

    /// The headers to send: those of the request, and date, session token, payload hash (S3) and authorization added.
    public func sign(_ request: UnsignedRequest, at date: Date) -> [HTTPHeader] {
        let timestamp = Timestamp.compact(date)
        var headers = request.headers.filter { !Self.written.contains($0.name.lowercased()) }
        headers.append(HTTPHeader("x-amz-date", timestamp))
        if let token = credentials.sessionToken {
            headers.append(HTTPHeader("x-amz-security-token", token))
        }
        let payloadHash = Digest.sha256Hex(of: request.body)
        if service == "s3" { headers.append(HTTPHeader("x-amz-content-sha256", payloadHash)) }

        let signed = signedHeaders(headers, authority: request.authority)
        let names = signed.map(\.name).joined(separator: ";")
        let scope = [String(timestamp.prefix(8)), region, service, "aws4_request"].joined(separator: "/")
        let canonical = canonicalRequest(request, signed: signed, names: names, payloadHash: payloadHash)
        let toSign = ["AWS4-HMAC-SHA256", timestamp, scope, Digest.sha256Hex(of: canonical)]
            .joined(separator: "\n")
        let signature = signature(of: toSign, day: String(timestamp.prefix(8)))
        let authorization =
            "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope), SignedHeaders=\(names), Signature=\(signature)"
        headers.append(HTTPHeader("authorization", authorization))
        return headers
    }

    /// Headers that signing writes itself: an earlier attempt's values must not be signed again.
    private static let written: Set<String> = [
        "authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256",
    ]
    /// Headers that proxies and transports may change on the way.
    private static let neverSigned: Set<String> = [
        "expect", "transfer-encoding", "user-agent", "x-amzn-trace-id", "connection", "keep-alive",
        "proxy-authenticate",
        "proxy-authorization", "te", "trailer", "upgrade",
    ]

    func canonicalRequest(
        _ request: UnsignedRequest, signed: [(name: String, value: String)], names: String, payloadHash: String
    ) -> String {
        var lines = [request.method.uppercased(), canonicalPath(request), Self.canonicalQuery(request.query)]
        lines += signed.map { $0.name + ":" + $0.value }
        lines += ["", names, payloadHash]
        return lines.joined(separator: "\n")
    }

    /// S3 signs the path as sent; every other service signs it without dot segments and encoded once more.
    private func canonicalPath(_ request: UnsignedRequest) -> String {
        if service == "s3" { return request.encodedPath }
        var segments: [Substring] = []
        for segment in request.encodedPath.split(separator: "/") where segment != "." {
            if segment == ".." { _ = segments.popLast() } else { segments.append(segment) }
        }
        let trailing = request.encodedPath.hasSuffix("/") && !segments.isEmpty ? "/" : ""
        return PercentEncoding.encode("/" + segments.joined(separator: "/") + trailing, keepingSlash: true)
    }

    private static func canonicalQuery(_ query: [UnsignedRequest.QueryItem]) -> String {
        query.map { (PercentEncoding.encode($0.name), PercentEncoding.encode($0.value ?? "")) }
            .sorted { $0 < $1 }
            .map { $0 + "=" + $1 }
            .joined(separator: "&")
    }

    /// Lower-case names in order, repeated headers joined, runs of white space folded.
    private func signedHeaders(_ headers: [HTTPHeader], authority: String) -> [(name: String, value: String)] {
        var values: [String: [String]] = ["host": [authority]]
        for header in headers {
            let name = header.name.lowercased()
            guard !Self.neverSigned.contains(name), name != "host" else { continue }
            values[name, default: []].append(header.value.split(whereSeparator: \.isWhitespace).joined(separator: " "))
        }
        return values.map { ($0.key, $0.value.joined(separator: ",")) }.sorted { $0.0 < $1.0 }
    }

    func signature(of text: String, day: String) -> String {
        var key = Array(("AWS4" + credentials.secretAccessKey).utf8)
        for part in [day, region, service, "aws4_request"] {
            key = Digest.hmacSHA256(key: key, message: part.utf8)
        }
        return Digest.hexadecimal(Digest.hmacSHA256(key: key, message: text.utf8))
    }
}
