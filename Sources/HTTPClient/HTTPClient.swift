import CCurl

/// Decides how long requests may wait, and learns how they end.
public protocol RequestPatience: Sendable {
    /// The longest that a request may wait; its own deadline holds where that is shorter.
    func longestWait(for request: HTTPRequest) -> Duration

    /// - Parameters:
    ///   - allowed: the deadline that it had in the end.
    ///   - error: why there is no answer; nil when there is one.
    func ended(_ request: HTTPRequest, allowed: Duration, after elapsed: Duration, _ error: HTTPError?)
}

/// Sends HTTP requests over libcurl, each within its deadline.
///
/// All requests of one client share one thread, one pool of open connections and one configuration. Cancelling the calling
/// task aborts the transfer. Thread-safe; close it by letting it go.
public final class HTTPClient: Sendable {
    private let configuration: HTTPClientConfiguration
    private let transfers: Transfers
    private let patience: (any RequestPatience)?

    /// The loop, for as long as one client uses it.
    private final class Transfers: Sendable {
        let loop: TransferLoop

        init(_ configuration: HTTPClientConfiguration) { loop = TransferLoop(configuration) }

        deinit { loop.stop() }
    }

    public init(_ configuration: HTTPClientConfiguration = .init()) {
        self.configuration = configuration
        transfers = Transfers(configuration)
        patience = nil
    }

    private init(_ client: HTTPClient, _ patience: any RequestPatience) {
        configuration = client.configuration
        transfers = client.transfers
        self.patience = patience
    }

    /// A client with the same thread and the same connections, whose requests wait no longer than the patience allows.
    public func with(_ patience: any RequestPatience) -> HTTPClient { HTTPClient(self, patience) }

    /// Sends the request and reads the whole answer. Any status is an answer; an error means that none came.
    public func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        guard let patience else { return try await sendNow(request) }
        var allowed = request
        allowed.deadline = min(request.deadline, patience.longestWait(for: request))
        let startedAt = ContinuousClock.now
        do {
            let response = try await sendNow(allowed)
            patience.ended(request, allowed: allowed.deadline, after: startedAt.duration(to: .now), nil)
            return response
        } catch {
            patience.ended(request, allowed: allowed.deadline, after: startedAt.duration(to: .now), error)
            throw error
        }
    }

    private func sendNow(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
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
                transfers.loop.submit(transfer)
            }
        } onCancel: {
            transfers.loop.cancel(transfer)
        }
        return try outcome.get()
    }
}
