import CCurl
import Formats

/// The parts of a URL as libcurl itself reads it, so that what we decide on is what will be connected to.
package struct ParsedURL: Hashable, Sendable {
    package var scheme: String
    /// Lower-case, without brackets, a numeric address in its shortest form.
    package var host: String
    package var port: Int

    /// Throws `HTTPError` with `invalidURL` for anything but an absolute http or https URL.
    package init(_ text: String, method: String = "GET") throws(HTTPError) {
        func refusal(_ why: String) -> HTTPError {
            HTTPError(
                code: .invalidURL, message: why + "; expected http://HOST[:PORT]/PATH or https://…", method: method,
                url: SensitiveURL.shown(text))
        }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw refusal("the URL contains a space or a control character; percent-encode it")
        }
        guard text.contains("://") else { throw refusal("the URL has no scheme") }
        guard let handle = curl_url() else { throw refusal("out of memory") }
        defer { curl_url_cleanup(handle) }
        let code = curl_url_set(handle, CURLUPART_URL, text, 0)
        guard code == CURLUE_OK else { throw refusal(String(cString: curl_url_strerror(code))) }
        func part(_ part: CURLUPart, _ flags: Int32 = 0) -> String? {
            var value: UnsafeMutablePointer<CChar>?
            guard curl_url_get(handle, part, &value, UInt32(flags)) == CURLUE_OK, let value else { return nil }
            defer { curl_free(value) }
            return String(cString: value)
        }
        guard let scheme = part(CURLUPART_SCHEME)?.lowercased(), ["http", "https"].contains(scheme) else {
            throw refusal("only http and https are spoken here")
        }
        guard let host = part(CURLUPART_HOST), !host.isEmpty else { throw refusal("the URL has no host") }
        self.scheme = scheme
        let zone = part(CURLUPART_ZONEID).map { "%" + $0 } ?? ""
        self.host = NetworkAddress(host: zone.isEmpty ? host : host.replacing("]", with: zone + "]")).host
        self.port = part(CURLUPART_PORT).flatMap(Int.init) ?? (scheme == "https" ? 443 : 80)
    }

    /// Whether credentials meant for one may go to the other.
    func sameOrigin(as other: ParsedURL) -> Bool { self == other }
}
