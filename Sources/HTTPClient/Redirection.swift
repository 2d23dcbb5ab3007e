import CCurl

/// Header fields that go along to another origin. Any other may name who is asking, whatever the service calls its token.
private let harmlessFields = [
    "accept", "accept-encoding", "accept-language", "content-encoding", "content-type", "traceparent", "user-agent",
]

/// The request that a redirect asks for (RFC 9110 §15.4), or nil when the response is none.
func redirection(of request: HTTPRequest, _ response: HTTPResponse) throws(HTTPError) -> HTTPRequest? {
    guard [301, 302, 303, 307, 308].contains(response.status), let location = response.headers["Location"] else {
        return nil
    }
    var next = request
    next.url = try resolved(location, against: request.url, method: request.method)
    let turnsIntoGet =
        response.status == 303 && request.method != "HEAD"
        || [301, 302].contains(response.status) && request.method == "POST"
    if turnsIntoGet {
        next.method = "GET"
        next.body = nil
        next.headers.removeAll { HTTPHeaders.sameName($0.name, "Content-Type") }
    }
    let from = try ParsedURL(request.url, method: request.method)
    let to = try ParsedURL(next.url, method: next.method)
    if !from.sameOrigin(as: to) {
        next.headers.removeAll { !harmlessFields.contains($0.name.lowercased()) }
        next.connectTo = nil
    }
    return next
}

private func resolved(_ location: String, against base: String, method: String) throws(HTTPError) -> String {
    func refusal(_ code: CURLUcode) -> HTTPError {
        HTTPError(
            code: .malformedResponse,
            message:
                "the Location '\(SensitiveURL.shown(location))' is no URL: \(String(cString: curl_url_strerror(code)))",
            method: method, url: SensitiveURL.shown(base))
    }
    guard let handle = curl_url() else { throw refusal(CURLUE_OUT_OF_MEMORY) }
    defer { curl_url_cleanup(handle) }
    for text in [base, location] {
        let code = curl_url_set(handle, CURLUPART_URL, text, UInt32(CURLU_PATH_AS_IS | CURLU_URLENCODE))
        guard code == CURLUE_OK else { throw refusal(code) }
    }
    var value: UnsafeMutablePointer<CChar>?
    let code = curl_url_get(handle, CURLUPART_URL, &value, 0)
    guard code == CURLUE_OK, let value else { throw refusal(code) }
    defer { curl_free(value) }
    return String(cString: value)
}
