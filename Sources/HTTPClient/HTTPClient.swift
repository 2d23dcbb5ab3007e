import CCurl

/// Sends HTTP requests over libcurl, each within its deadline.
///
/// All requests of one client share one thread, one pool of open connections and one configuration. Cancelling the calling
/// task aborts the transfer. Thread-safe; close it by letting it go.
public final class HTTPClient: Sendable {
    private let configuration: HTTPClientConfiguration
    private let loop: TransferLoop

    public init(_ configuration: HTTPClientConfiguration = .init()) {
        self.configuration = configuration
        loop = TransferLoop(configuration)
    }

    deinit { loop.stop() }

    /// Sends the request and reads the whole answer. Any status is an answer; an error means that none came.
    public func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        let startedAt = ContinuousClock.now
        var hop = request
        var redirects: [String] = []
        while true {
            var response = try await exchange(hop, startedAt: startedAt, deadline: startedAt + request.deadline)
            response.redirects = redirects
            guard request.followsRedirects, let next = try redirection(of: hop, response) else { return response }
            guard redirects.count < request.maximumRedirects else {
                throw HTTPError(
                    code: .tooManyRedirects, message: "expected at most \(request.maximumRedirects) redirects",
                    method: request.method, url: SensitiveURL.shown(request.url),
                    elapsed: ContinuousClock.now - startedAt)
            }
            redirects.append(SensitiveURL.shown(hop.url))
            hop = next
        }
    }

    private func exchange(
        _ request: HTTPRequest, startedAt: ContinuousClock.Instant, deadline: ContinuousClock.Instant
    ) async throws(HTTPError) -> HTTPResponse {
        try request.validate()
        let url = try ParsedURL(request.url, method: request.method)
        let transfer = Transfer(
            request, url: url, startedAt: startedAt, deadline: deadline, configuration: configuration)
        guard ContinuousClock.now < deadline else {
            throw transfer.failure(.timeout, "the deadline had passed before the request was sent")
        }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Transfer.Outcome, Never>) in
                transfer.continuation = continuation
                loop.submit(transfer)
            }
        } onCancel: {
            loop.cancel(transfer)
        }
        return try outcome.get()
    }
}
