import CCurl

extension Transfer {
    /// Prepares a fresh or reset handle. False when libcurl refused an option; the refusal is kept.
    func prepare(_ handle: UnsafeMutableRawPointer, _ configuration: HTTPClientConfiguration) -> Bool {
        var options = OptionList(handle)
        options.set(CURLOPT_URL, request.url)
        options.set(CURLOPT_PRIVATE, Unmanaged.passUnretained(self).toOpaque())
        options.set(CURLOPT_ERRORBUFFER, UnsafeMutableRawPointer(errorText))
        options.setCommon(configuration)
        options.set(CURLOPT_DNS_CACHE_TIMEOUT, 0)
        setTimes(&options)
        if request.collectsCertificates { options.set(CURLOPT_CERTINFO, 1) }
        setCallbacks(&options)
        setMethodAndBody(&options)
        setHeaders(&options)
        setConnection(configuration, &options)
        if request.acceptsCompressed { options.set(CURLOPT_ACCEPT_ENCODING, "") }
        guard let failed = options.failure else { return true }
        refusal = (.invalidRequest, "libcurl refused option \(failed.option): \(failed.message)")
        return false
    }

    private func setTimes(_ options: inout OptionList) {
        func milliseconds(_ duration: Duration) -> Int {
            max(1, Int(min(duration, .seconds(86_400)).wholeMilliseconds))
        }
        let left = milliseconds(deadline - .now)
        options.set(CURLOPT_TIMEOUT_MS, left)
        options.set(CURLOPT_CONNECTTIMEOUT_MS, request.connectDeadline.map(milliseconds) ?? left)
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
        options.set(CURLOPT_POSTFIELDSIZE_LARGE, offset: Int64(count))
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

extension Duration {
    /// Rounded up, so that a deadline never becomes "none".
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}
