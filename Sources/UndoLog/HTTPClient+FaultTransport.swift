import HTTPClient

extension HTTPClient: FaultTransport {
    public func send(
        method: String, url: String, headers: [String: String], body: String?, deadline: Duration
    ) async throws -> (status: Int, body: String) {
        let response = try await send(
            HTTPRequest(
                method: method, url: url, headers: headers.sorted { $0.key < $1.key }.map { HTTPHeader($0, $1) },
                body: body.map { Array($0.utf8) }, deadline: deadline, maximumBodyBytes: 1 << 20))
        return (response.status, response.text)
    }
}
