import Foundation
import HTTPClient
import RunModel
import Settings

/// One request that a check sent to the target, as far as it helps to say which of them failed, and to send it again.
public struct ObservedExchange: Sendable {
    let at: Date
    package let method: String
    /// With the query.
    package let path: String
    /// The path without the query.
    package var page: String { String(path.prefix { $0 != "?" }) }
    /// Host and port.
    package let place: String
    /// Nil when nothing answered.
    package let status: Int?
    /// The command that sends it again; see `HTTPRequest.curlCommand`.
    package let command: String
    /// Whether the command sends the same bytes.
    package let isWhole: Bool

    package init(
        _ request: HTTPRequest, _ result: Result<HTTPResponse, HTTPError>, _ configuration: Configuration,
        at date: Date = Date()
    ) {
        at = date
        method = request.method
        path = request.path
        place = Place.text(of: request.url) ?? ""
        status = if case .success(let response) = result { response.status } else { nil }
        command = request.curlCommand(secrets: configuration.keys, authority: configuration.services.caFile)
        isWhole = (request.body?.count ?? 0) <= HTTPRequest.longestCommandBody
    }

    /// Whether sending it again leaves the target as it is: a reading method, or a POST that searches or validates.
    package var changesNothing: Bool {
        if ["GET", "HEAD", "OPTIONS"].contains(method) { return true }
        return method == "POST" && Self.readingPages.contains { page.hasSuffix($0) }
    }

    private static let readingPages = ["/search", "/get-latest-versions", "/keys/validate"]
}

extension Exchange {
    /// The line that the evidence index has of an exchange.
    package init(
        _ request: HTTPRequest, _ result: Result<HTTPResponse, HTTPError>, took duration: Duration,
        _ configuration: Configuration
    ) {
        let status: Int? = if case .success(let response) = result { response.status } else { nil }
        self.init(
            at: Date(), component: configuration.component(at: request.url), method: request.method,
            path: String(request.path.excerpt(Self.longestPath)), status: status, duration: duration)
    }

    private static let longestPath = 300
}

extension Recorder {
    /// Keeps a request for the case that it turns out to be the one that failed, and as the reproduction until then.
    package func observe(
        _ request: HTTPRequest, _ result: Result<HTTPResponse, HTTPError>, _ configuration: Configuration
    ) {
        let exchange = ObservedExchange(request, result, configuration)
        observe(exchange)
        if !contents.isDisturbed { reproduce(with: exchange.command) }
    }
}
