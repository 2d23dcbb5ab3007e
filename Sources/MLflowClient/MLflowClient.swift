import Formats
import Foundation
import HTTPClient
import Secrets

/// MLflow's REST interface as the registration flow uses it (contract §3.4), for servers 2.9, 2.22 and 3.x.
public struct MLflowClient: Sendable {
    /// What a client's tracking URI is: `https://registry.example/api/mlflow`, or the server itself.
    public var trackingURI: String
    /// Sent with every request: the key, if one is needed.
    public var headers: [HTTPHeader]
    /// For each call on its own.
    public var deadline: Duration
    /// `/api/2.0`, or `/ajax-api/2.0` where a static prefix leaves only that reachable (contract §3.1).
    public var root: String
    /// Called with every exchange, for evidence.
    public var observe: @Sendable (HTTPRequest, Result<HTTPResponse, HTTPError>) -> Void

    let http: HTTPClient

    /// The largest answer to a JSON call that is read, in bytes: a thousand models with all their versions stay below it.
    static let largestAnswer = 8 << 20

    public init(
        http: HTTPClient, trackingURI: String, headers: [HTTPHeader] = [], deadline: Duration = .seconds(30),
        root: String = "/api/2.0",
        observe: @escaping @Sendable (HTTPRequest, Result<HTTPResponse, HTTPError>) -> Void = { _, _ in }
    ) {
        self.http = http
        var base = trackingURI
        while base.hasSuffix("/") { base.removeLast() }
        self.trackingURI = base
        self.headers = headers
        self.deadline = deadline
        self.root = root
        self.observe = observe
    }

    /// One call with any body; for calls that no typed function stands for, and for malformed ones.
    ///
    /// - Returns: The raw answer, whatever its status.
    public func send(
        _ method: String, _ path: String, query: [(String, String)] = [], body: JSONValue? = nil
    ) async throws(MLflowError) -> HTTPResponse {
        var request = request(method, root + path, query: query)
        request.maximumBodyBytes = Self.largestAnswer
        request.bodyOverflow = .truncate
        if let body {
            request.headers.append(HTTPHeader("Content-Type", "application/json"))
            request.body = Array((try? JSON.data(body)) ?? Data())
        }
        return try await exchange(request)
    }

    /// One call of which only success matters.
    public func require(
        _ method: String, _ path: String, query: [(String, String)] = [], body: JSONValue? = nil
    ) async throws(MLflowError) {
        try Self.requireSuccess(try await send(method, path, query: query, body: body), "\(method) \(path)")
    }

    func call<Answer: Decodable>(
        _ method: String, _ path: String, query: [(String, String)] = [], body: JSONValue? = nil,
        as type: Answer.Type = Answer.self
    ) async throws(MLflowError) -> Answer {
        let response = try await send(method, path, query: query, body: body)
        let call = "\(method) \(path)"
        try Self.requireSuccess(response, call)
        guard !response.bodyIsTruncated else {
            throw MLflowError(
                kind: .unreadable, status: response.status,
                message: "the answer is larger than \(Self.largestAnswer) bytes",
                call: call)
        }
        do {
            return try response.json(type, largestCount: 150_000)
        } catch {
            throw MLflowError(
                kind: .unreadable, status: response.status,
                message:
                    "the answer is not what this call promises (\(Self.reason(error))): \(Self.shortened(response.text))",
                call: call)
        }
    }

    func request(_ method: String, _ path: String, query: [(String, String)] = []) -> HTTPRequest {
        var url = trackingURI + path
        if !query.isEmpty {
            let pairs = query.map { "\(PercentEncoding.encode($0.0))=\(PercentEncoding.encode($0.1))" }
            url += "?" + pairs.joined(separator: "&")
        }
        return HTTPRequest(method: method, url: url, headers: headers, deadline: deadline)
    }

    func exchange(_ request: HTTPRequest) async throws(MLflowError) -> HTTPResponse {
        do throws(HTTPError) {
            let response = try await http.send(request)
            observe(request, .success(response))
            return response
        } catch {
            observe(request, .failure(error))
            throw MLflowError(
                kind: .noAnswer, message: error.description, call: "\(request.method) \(request.url)", transport: error)
        }
    }

    static func requireSuccess(_ response: HTTPResponse, _ call: String) throws(MLflowError) {
        guard !(200..<300).contains(response.status) else { return }
        if !response.bodyIsTruncated, let error = try? response.json(ErrorBody.self) {
            throw MLflowError(
                kind: .refused, status: response.status, errorCode: error.error_code,
                message: Self.shortened(error.message ?? ""), call: call)
        }
        throw MLflowError(
            kind: .foreign, status: response.status, message: shortened(response.readableText), call: call)
    }

    private struct ErrorBody: Decodable {
        var error_code: String
        var message: String?
    }

    private static func shortened(_ text: String) -> String {
        let line = text.excerpt(1000).split(whereSeparator: \.isNewline).joined(separator: " ")
        return line.excerpt(300)
    }

    private static func reason(_ error: any Error) -> String {
        switch error as? DecodingError {
        case .keyNotFound(let key, _): "‘\(key.stringValue)’ is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "‘\(context.codingPath.map(\.stringValue).joined(separator: "."))’ has another type"
        default: "no JSON"
        }
    }
}
