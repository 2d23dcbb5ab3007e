extension HTTPRequest {
    private static let tokenBytes = Set(
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)

    /// Refuses what could not be sent as one well-formed request; header values may carry no line ends.
    package func validate() throws(HTTPError) {
        func refusal(_ message: String) -> HTTPError {
            HTTPError(code: .invalidRequest, message: message, method: method, url: SensitiveURL.shown(url))
        }
        func isToken(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy(Self.tokenBytes.contains) }
        guard isToken(method) else { throw refusal("the method is not an HTTP token") }
        for header in headers {
            guard isToken(header.name) else { throw refusal("the header name '\(header.name)' is not an HTTP token") }
            guard header.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                throw refusal("the value of header '\(header.name)' contains a control character")
            }
        }
        guard method != "HEAD" || body == nil else { throw refusal("HEAD cannot carry a body") }
        guard maximumBodyBytes >= 0 else { throw refusal("maximumBodyBytes is negative") }
    }
}
