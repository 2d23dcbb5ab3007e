import Foundation
import HTTPClient

/// Writes a call the way its service's protocol wants it.
struct AWSRequestBuilder {
    let endpoint: AWSEndpoint

    func request<Output>(for operation: AWSOperation<Output>) throws(AWSError) -> UnsignedRequest {
        switch operation.service.wireProtocol {
        case .query(let version, let membersWord): query(operation, version: version, membersWord: membersWord)
        case .json(let version, let prefix): try json(operation, version: version, targetPrefix: prefix)
        case .restXML: resource(operation)
        }
    }

    private func query<Output>(
        _ operation: AWSOperation<Output>, version: String, membersWord: Bool
    ) -> UnsignedRequest {
        let parameters: [UnsignedRequest.QueryItem] =
            [.init("Action", operation.name), .init("Version", version)]
            + AWSInput.structure(operation.input).queryParameters(membersWord: membersWord)
        let form = parameters.map { PercentEncoding.encode($0.name) + "=" + PercentEncoding.encode($0.value ?? "") }
        return UnsignedRequest(
            method: "POST", scheme: endpoint.scheme, authority: endpoint.authority, path: endpoint.basePath + "/",
            headers: [
                HTTPHeader("content-type", "application/x-www-form-urlencoded; charset=utf-8")
            ], body: Array(form.joined(separator: "&").utf8))
    }

    private func json<Output>(
        _ operation: AWSOperation<Output>, version: String, targetPrefix: String
    ) throws(AWSError) -> UnsignedRequest {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        guard let body = try? encoder.encode(AWSInput.structure(operation.input)) else {
            throw AWSError(.client, operation: operation.label, message: "the parameters cannot be written as JSON")
        }
        return UnsignedRequest(
            method: "POST", scheme: endpoint.scheme, authority: endpoint.authority, path: endpoint.basePath + "/",
            headers: [
                HTTPHeader("content-type", "application/x-amz-json-\(version)"),
                HTTPHeader("x-amz-target", "\(targetPrefix).\(operation.name)"),
            ], body: Array(body))
    }

    private func resource<Output>(_ operation: AWSOperation<Output>) -> UnsignedRequest {
        let resource = operation.resource ?? .init("GET")
        var authority = endpoint.authority
        var path = endpoint.basePath + "/"
        if let bucket = resource.bucket {
            if Self.fitsHostName(bucket), endpoint.basePath.isEmpty, endpoint.authority.contains(".amazonaws.") {
                authority = bucket + "." + authority
            } else {
                path += bucket + "/"
            }
        }
        return UnsignedRequest(
            method: resource.method, scheme: endpoint.scheme, authority: authority, path: path + resource.key,
            query: resource.query, headers: resource.headers, body: resource.body)
    }

    /// A bucket in front of the host needs a name that is one DNS label, or the certificate would not match.
    static func fitsHostName(_ bucket: String) -> Bool {
        bucket.wholeMatch(of: #/[a-z0-9][a-z0-9-]{1,61}[a-z0-9]/#) != nil
    }
}
