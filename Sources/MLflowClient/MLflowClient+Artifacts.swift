import Formats
import HTTPClient

/// Artifacts through the server (`/mlflow-artifacts`), and the server's own pages.
extension MLflowClient {
    private struct FileList: Decodable {
        var root_uri: String?
        var files: [ArtifactFile]?
    }

    /// The artifacts of a run as the tracking server lists them.
    public func artifacts(of run: String, path: String? = nil) async throws(MLflowError) -> [ArtifactFile] {
        var query = [("run_id", run)]
        if let path { query.append(("path", path)) }
        let answer: FileList = try await call("GET", "/mlflow/artifacts/list", query: query)
        return answer.files ?? []
    }

    /// The store behind the server, listed by a path relative to its root.
    public func storedArtifacts(path: String) async throws(MLflowError) -> [ArtifactFile] {
        let answer: FileList = try await call("GET", "/mlflow-artifacts/artifacts", query: [("path", path)])
        return answer.files ?? []
    }

    /// - Parameter path: relative to the store's root, unescaped; see ``storePath(of:)``.
    public func uploadArtifact(_ bytes: [UInt8], to path: String) async throws(MLflowError) {
        var request = request("PUT", artifactRoute(path))
        request.headers.append(HTTPHeader("Content-Type", "application/octet-stream"))
        request.body = bytes
        try Self.requireSuccess(try await exchange(request), "PUT /mlflow-artifacts/artifacts/\(path)")
    }

    /// - Parameter maximumBytes: a larger artifact is an error.
    public func downloadArtifact(_ path: String, maximumBytes: Int = 16 << 20) async throws(MLflowError) -> [UInt8] {
        try await artifactAnswer(path, maximumBytes: maximumBytes).body
    }

    /// The answer to a download, with its headers.
    public func artifactAnswer(
        _ path: String, maximumBytes: Int = 16 << 20
    ) async throws(MLflowError) -> HTTPResponse {
        var request = request("GET", artifactRoute(path))
        request.maximumBodyBytes = maximumBytes
        let response = try await exchange(request)
        try Self.requireSuccess(response, "GET /mlflow-artifacts/artifacts/\(path)")
        return response
    }

    public func deleteArtifact(_ path: String) async throws(MLflowError) {
        let response = try await exchange(request("DELETE", artifactRoute(path)))
        try Self.requireSuccess(response, "DELETE /mlflow-artifacts/artifacts/\(path)")
    }

    /// The path below the store's root of an artifact URI such as `mlflow-artifacts:/1/abc/artifacts`; nil when clients
    /// reach that location without the server (`s3://…`, a directory).
    public static func storePath(of artifactURI: String) -> String? {
        guard artifactURI.hasPrefix("mlflow-artifacts:") else { return nil }
        var rest = artifactURI.dropFirst("mlflow-artifacts:".count)
        if rest.hasPrefix("//") {
            guard let slash = rest.dropFirst(2).firstIndex(of: "/") else { return nil }
            rest = rest[slash...]
        }
        return String(rest.drop { $0 == "/" })
    }

    private func artifactRoute(_ path: String) -> String {
        let segments = path.split(separator: "/").map { PercentEncoding.encode($0) }
        return "\(root)/mlflow-artifacts/artifacts/\(segments.joined(separator: "/"))"
    }
}
