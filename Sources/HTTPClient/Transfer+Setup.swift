import CCurl

extension Transfer {
    private static let tokenBytes = Set(
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)

    /// Refuses what could not be sent as one well-formed request; header values may carry no line ends.
    static func validate(_ request: HTTPRequest) throws(HTTPError) {
        func refusal(_ message: String) -> HTTPError {
            HTTPError(
                code: .invalidRequest, message: message, method: request.method, url: SensitiveURL.shown(request.url))
        }
        func isToken(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy(tokenBytes.contains) }
        guard isToken(request.method) else { throw refusal("the method is not an HTTP token") }
        for header in request.headers {
            guard isToken(header.name) else { throw refusal("the header name '\(header.name)' is not an HTTP token") }
            guard header.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                throw refusal("the value of header '\(header.name)' contains a control character")
            }
        }
        guard request.method != "HEAD" || request.body == nil else { throw refusal("HEAD cannot carry a body") }
        guard request.maximumBodyBytes >= 0 else { throw refusal("maximumBodyBytes is negative") }
    }

    /// Prepares a fresh or reset handle. False when libcurl refused an option; the refusal is kept.
    func prepare(_ handle: UnsafeMutableRawPointer, _ configuration: HTTPClientConfiguration) -> Bool {
        var options = OptionList(handle)
        options.set(CURLOPT_URL, request.url)
        options.set(CURLOPT_PRIVATE, Unmanaged.passUnretained(self).toOpaque())
        options.set(CURLOPT_ERRORBUFFER, UnsafeMutableRawPointer(errorText))
        options.set(CURLOPT_NOSIGNAL, 1)
        // Else removing a transfer waits for its resolver thread, and stops the loop for everybody.
        options.set(CURLOPT_QUICK_EXIT, 1)
        options.set(CURLOPT_PROTOCOLS_STR, "http,https")
        options.set(CURLOPT_PATH_AS_IS, 1)
        options.set(CURLOPT_TCP_NODELAY, 1)
        options.set(CURLOPT_DNS_CACHE_TIMEOUT, 0)
        options.set(CURLOPT_PROXY, configuration.proxy ?? "")
        options.set(CURLOPT_USERAGENT, configuration.userAgent)
        setVersion(configuration.version, &options)
        setTimes(&options)
        setTLS(configuration.tls, &options)
        setCallbacks(&options)
        setMethodAndBody(&options)
        setHeaders(&options)
        setConnection(configuration, &options)
        if request.acceptsCompressed { options.set(CURLOPT_ACCEPT_ENCODING, "") }
        guard let failed = options.failure else { return true }
        refusal = (.invalidRequest, "libcurl refused option \(failed.option): \(failed.message)")
        return false
    }

    private func setVersion(_ version: HTTPClientConfiguration.Version, _ options: inout OptionList) {
        switch version {
        case .http1: options.set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        case .http2: options.set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS)
        case .http2PriorKnowledge:
            options.set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE)
        }
    }

    private func setTimes(_ options: inout OptionList) {
        func milliseconds(_ duration: Duration) -> Int {
            max(1, Int(min(duration, .seconds(86_400)).wholeMilliseconds))
        }
        let left = milliseconds(deadline - .now)
        options.set(CURLOPT_TIMEOUT_MS, left)
        options.set(CURLOPT_CONNECTTIMEOUT_MS, request.connectDeadline.map(milliseconds) ?? left)
    }

    private func setTLS(_ tls: HTTPClientConfiguration.TLS, _ options: inout OptionList) {
        options.set(CURLOPT_SSL_VERIFYPEER, tls.verifies ? 1 : 0)
        options.set(CURLOPT_SSL_VERIFYHOST, tls.verifies ? 2 : 0)
        options.set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        if let file = tls.authorityFile {
            options.set(CURLOPT_CAINFO, file)
            options.set(CURLOPT_CAPATH, nil as String?)
        }
        if let file = tls.clientCertificateFile { options.set(CURLOPT_SSLCERT, file) }
        if let file = tls.clientKeyFile { options.set(CURLOPT_SSLKEY, file) }
        if let passphrase = tls.clientKeyPassphrase { options.set(CURLOPT_KEYPASSWD, passphrase) }
        if request.collectsCertificates { options.set(CURLOPT_CERTINFO, 1) }
    }

    private func setMethodAndBody(_ options: inout OptionList) {
        switch (request.method, request.body?.count) {
        case ("HEAD", _):
            options.set(CURLOPT_NOBODY, 1)
        case ("GET", nil):
            options.set(CURLOPT_HTTPGET, 1)
        case ("POST", let count), ("PUT", let count), ("PATCH", let count):
            setUpload(count ?? 0, &options)
        case (_, let count?):
            setUpload(count, &options)
        default:
            options.set(CURLOPT_CUSTOMREQUEST, request.method)
        }
    }

    private func setUpload(_ count: Int, _ options: inout OptionList) {
        options.set(CURLOPT_POST, 1)
        options.set(CURLOPT_CUSTOMREQUEST, request.method)
        options.set(CURLOPT_POSTFIELDSIZE_LARGE, offset: curl_off_t(count))
        options.set(CURLOPT_UPLOAD_BUFFERSIZE, 256 << 10)
    }

    private func setHeaders(_ options: inout OptionList) {
        for header in request.headers {
            // libcurl drops "Name:" and sends "Name;" as an empty field.
            headerList = curl_slist_append(
                headerList, header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)")
        }
        // libcurl would add a form's content type and wait a second for "100 Continue" before a large body.
        for name in ["Content-Type", "Expect"]
        where !request.headers.contains(where: { HTTPHeaders.sameName($0.name, name) }) {
            headerList = curl_slist_append(headerList, "\(name):")
        }
        options.set(CURLOPT_HTTPHEADER, list: headerList)
    }

    private func setConnection(_ configuration: HTTPClientConfiguration, _ options: inout OptionList) {
        if let target = request.connectTo ?? configuration.resolve[url.host].map({ HTTPEndpoint(host: $0) }) {
            connectList = curl_slist_append(nil, "::\(target.connectText)")
            options.set(CURLOPT_CONNECT_TO, list: connectList)
        }
        if request.collectsCertificates || !request.reusesConnection { options.set(CURLOPT_FRESH_CONNECT, 1) }
        if !request.reusesConnection { options.set(CURLOPT_FORBID_REUSE, 1) }
    }
}

/// Sets options one by one and remembers the first that libcurl refused.
struct OptionList {
    private let handle: UnsafeMutableRawPointer
    private(set) var failure: (option: UInt32, message: String)?

    init(_ handle: UnsafeMutableRawPointer) { self.handle = handle }

    mutating func set(_ option: CURLoption, _ value: Int) { note(option, curl_set_long(handle, option, value)) }
    mutating func set(_ option: CURLoption, offset: curl_off_t) {
        note(option, curl_set_offset(handle, option, offset))
    }
    mutating func set(_ option: CURLoption, _ value: String?) { note(option, curl_set_string(handle, option, value)) }
    mutating func set(_ option: CURLoption, _ value: UnsafeMutableRawPointer) {
        note(option, curl_set_pointer(handle, option, value))
    }
    mutating func set(_ option: CURLoption, list: UnsafeMutablePointer<curl_slist>?) {
        note(option, curl_set_list(handle, option, list))
    }
    mutating func set(_ option: CURLoption, callback: @escaping curl_transfer_callback) {
        note(option, curl_set_transfer_callback(handle, option, callback))
    }
    mutating func setRewind(_ callback: @escaping curl_rewind_callback) {
        note(CURLOPT_SEEKFUNCTION, curl_set_rewind_callback(handle, callback))
    }

    private mutating func note(_ option: CURLoption, _ result: CURLcode) {
        if result != CURLE_OK && failure == nil {
            failure = (option.rawValue, String(cString: curl_easy_strerror(result)))
        }
    }
}

extension Duration {
    /// Rounded up, so that a deadline never becomes "none".
    package var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}
