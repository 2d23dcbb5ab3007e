import Formats
import Foundation
import HTTPClient
import RunModel
import Secrets
import Synchronization

/// The service that a test looks at, and the record of every exchange with it, in order.
///
/// A test makes many small requests; they become one piece of evidence, attached when the test ends.
package final class TargetService: Sendable {
    package let baseURL: String
    package let profile: DeploymentProfile?
    private let http: HTTPClient
    private let headers: [HTTPHeader]
    /// What the reset of the breaker carries: builds that are closed to strangers ask for a key there.
    private let resetHeaders: [HTTPHeader]
    /// Told of every exchange that is part of the record.
    private let observe: @Sendable (HTTPRequest, Result<HTTPResponse, HTTPError>) -> Void
    private let start = ContinuousClock.now
    private let lines = Mutex<[String]>([])

    package init(
        baseURL: String, profile: DeploymentProfile?, http: HTTPClient, headers: [HTTPHeader] = [],
        resetHeaders: [HTTPHeader] = [],
        observe: @escaping @Sendable (HTTPRequest, Result<HTTPResponse, HTTPError>) -> Void = { _, _ in }
    ) {
        self.baseURL = baseURL
        self.profile = profile
        self.http = http
        self.headers = headers
        self.resetHeaders = headers.isEmpty ? resetHeaders : headers
        self.observe = observe
    }

    fileprivate static let resetPath = "/health/mlflow/reset"

    /// Sends a request. The deadline is long, because a stalled service is what some tests are about (contract §5.6).
    @discardableResult
    package func send(
        _ method: String, _ path: String, deadline: Duration = .seconds(75)
    ) async throws(HTTPError) -> HTTPResponse {
        let request = HTTPRequest(
            method: method, url: baseURL + path, headers: path == Self.resetPath ? resetHeaders : headers,
            deadline: deadline)
        let sentAt = ContinuousClock.now
        do {
            let response = try await http.send(request)
            observe(request, .success(response))
            note(
                "\(method) \(path) -> \(response.status) in \(sentAt.duration(to: .now).readable)\n    \(Self.brief(response.readableText))"
            )
            return response
        } catch {
            observe(request, .failure(error))
            note("\(method) \(path) -> no answer after \(sentAt.duration(to: .now).readable): \(error)")
            throw error
        }
    }

    @discardableResult
    package func get(_ path: String, deadline: Duration = .seconds(75)) async throws(HTTPError) -> HTTPResponse {
        try await send("GET", path, deadline: deadline)
    }

    /// Whether anything answers. Asked over and over beside a test, so it is not part of the record.
    package func isAnswering(_ path: String, within deadline: Duration) async -> Bool {
        await http.isAnswering(HTTPRequest(url: baseURL + path, headers: headers, deadline: deadline))
    }

    /// A line of the record that is not an exchange.
    package func note(_ text: String) {
        let at = start.duration(to: .now).readable
        lines.withLock { $0.append("+\(at)  \(text)") }
    }

    package var record: Evidence {
        Evidence(
            "HTTP transcript of \(baseURL)", text: lines.withLock { $0.joined(separator: "\n") } + "\n")
    }

    /// The most of an answer that the record holds, in characters.
    private static let longestAnswer = 900

    private static func brief(_ text: String) -> String {
        let line = text.replacing("\n", with: " ")
        let shown = line.excerpt(longestAnswer)
        return line.count > longestAnswer ? "\(shown) [\(line.count - longestAnswer) more characters left out]" : shown
    }
}

extension CheckContext {
    /// Looks at the deployed API; the record becomes evidence however the body ends.
    ///
    /// Profile A asks for a key where later ones do not (contract §2.1); only there it is sent.
    package func atDeployment<Value>(_ body: (TargetService) async throws -> Value) async throws -> Value {
        let headers = profile == .a ? [Self.bearer(try key(.api))] : []
        let target = TargetService(
            baseURL: try url(of: .api), profile: profile, http: services.http, headers: headers,
            resetHeaders: keyIfConfigured
        ) { [recorder, configuration = services.configuration] request, result in
            recorder.touch(configuration.path(of: request, result))
            // One request shows what a test saw that broke nothing; for any other the test itself is the reproduction.
            if !request.url.hasSuffix(TargetService.resetPath) {
                recorder.observe(request, result, configuration)
            }
        }
        return try await at(target, body)
    }

    /// The key ‘api’ as a header, where there is one.
    package var keyIfConfigured: [HTTPHeader] { (try? key(.api)).map { [Self.bearer($0)] } ?? [] }

    package func at<Value>(
        _ target: TargetService, _ body: (TargetService) async throws -> Value
    ) async throws -> Value {
        defer { recorder.attach(target.record) }
        return try await body(target)
    }

    /// The profile, or a stop: expectations differ between profiles.
    package func knownProfile() throws -> DeploymentProfile {
        guard let profile else {
            throw Stop.inconclusive(
                .obstacle(.unknownProfile, of: .api),
                "the profile of the deployment is not known, and what is expected depends on it")
        }
        return profile
    }
}
