import Formats
import HTTPClient

/// The way out over HTTP that the services use in earnest: libcurl's.
struct OutgoingHTTP: Sendable {
    /// Artifacts pass through whole, so the limit is generous.
    private static let maximumBodyBytes = 512 << 20

    private let client = HTTPClient(HTTPClientConfiguration(userAgent: "plumbline-sandbox"))

    func send(_ call: OutgoingCall) async throws(OutgoingFailure) -> OutgoingAnswer {
        let request = HTTPRequest(
            method: call.method, url: call.url, headers: call.headers.fields.map { HTTPHeader($0.name, $0.value) },
            body: call.body, deadline: .seconds(clamping: call.deadline), maximumBodyBytes: Self.maximumBodyBytes)
        do throws(HTTPError) {
            let response = try await client.send(request)
            let headers = ServiceHeaders(response.headers.map { .init(name: $0.name, value: $0.value) })
            return OutgoingAnswer(status: response.status, headers: headers, body: response.body)
        } catch {
            if error.code.isTimeout { throw .timeout(error.description) }
            if error.code.isUnreachable || error.code.isCertificate || error.code == .tlsFailure {
                throw .connect(error.description)
            }
            throw .other(error.description)
        }
    }
}
