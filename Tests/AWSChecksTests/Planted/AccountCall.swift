import Formats
import Foundation
import HTTPClient

/// A call as an endpoint of AWS reads it off the wire.
struct AccountCall {
    enum Style { case query, json, rest }

    /// Of the signature: `ecs`, `elasticloadbalancing`, `s3`.
    let service: String
    let region: String
    let operation: String
    let style: Style
    /// Parameters by their path: `services.1`, `Filters.1.Values.1`.
    let parameters: [String: String]
    /// For S3.
    let bucket: String
    let key: String
    let method: String
    let body: [UInt8]

    /// Nil for what is no call to AWS.
    init?(_ request: HTTPRequest) {
        let authorization = request.headers.first { $0.name.lowercased() == "authorization" }?.value ?? ""
        guard let scope = authorization.firstMatch(of: /Credential=[^\/]+\/\d+\/([^\/]+)\/([^\/]+)\//),
            let url = URLComponents(string: request.url)
        else { return nil }
        (region, service) = (String(scope.1), String(scope.2))
        (method, body) = (request.method, request.body ?? [])
        let target = request.headers.first { $0.name.lowercased() == "x-amz-target" }?.value
        if let target {
            (style, bucket, key) = (.json, "", "")
            operation = target.split(separator: ".").last.map(String.init) ?? ""
            let input = try? JSON.decode(JSONValue.self, from: Data(body))
            parameters = Self.flattened(input ?? .null)
        } else if service == "s3" {
            style = .rest
            let query = url.queryItems ?? []
            parameters = Dictionary(query.map { ($0.name, $0.value ?? "") }) { $1 }
            let host = url.host ?? ""
            let path = url.path.split(separator: "/").map(String.init)
            let isInHost = !host.hasPrefix("s3.")
            bucket = isInHost ? String(host.split(separator: ".").first ?? "") : path.first ?? ""
            key = path.dropFirst(isInHost ? 0 : 1).joined(separator: "/")
            operation = Self.objectOperation(request.method, query.map(\.name), key: key)
        } else {
            (style, bucket, key) = (.query, "", "")
            var form = URLComponents()
            form.percentEncodedQuery = String(decoding: body, as: UTF8.self)
            let items = form.queryItems ?? []
            parameters = Dictionary(
                items.map { ($0.name.replacing(".member.", with: "."), $0.value ?? "") }
            ) { $1 }
            operation = parameters["Action"] ?? ""
        }
    }

    private static func objectOperation(_ method: String, _ flags: [String], key: String) -> String {
        for (flag, name) in [
            ("versioning", "GetBucketVersioning"), ("encryption", "GetEncryptionConfiguration"),
            ("publicAccessBlock", "GetBucketPublicAccessBlock"), ("policy", "GetBucketPolicy"),
            ("lifecycle", "GetLifecycleConfiguration"), ("replication", "GetReplicationConfiguration"),
        ] where flags.contains(flag) { return name }
        return switch method {
        case "PUT": "PutObject"
        case "DELETE": "DeleteObject"
        default: key.isEmpty ? "ListBucket" : "GetObject"
        }
    }

    private static func flattened(_ value: JSONValue, _ path: String = "") -> [String: String] {
        let prefix = path.isEmpty ? "" : path + "."
        return switch value {
        case .object(let members):
            members.reduce(into: [:]) { $0.merge(flattened($1.value, prefix + $1.key)) { $1 } }
        case .array(let elements):
            elements.enumerated().reduce(into: [:]) {
                $0.merge(flattened($1.element, prefix + "\($1.offset + 1)")) { $1 }
            }
        default: [path: value.text]
        }
    }

    /// The IAM action of the call.
    var action: String { (service == "monitoring" ? "cloudwatch" : service) + ":" + operation }

    subscript(_ name: String) -> String { parameters[name] ?? "" }

    /// The elements of a list of texts.
    func list(_ name: String) -> [String] {
        var found: [String] = []
        while let value = parameters["\(name).\(found.count + 1)"] { found.append(value) }
        return found
    }

    /// A part of an ARN or path, counted from the end.
    func part(_ name: String, fromEnd index: Int = 0) -> String {
        let parts = self[name].split(separator: "/").map(String.init)
        return parts.count > index ? parts[parts.count - 1 - index] : ""
    }
}
