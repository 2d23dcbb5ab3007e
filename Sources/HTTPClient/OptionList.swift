import CCurl

/// Sets options of a libcurl handle one by one, and remembers the first that libcurl refused.
package struct OptionList {
    private let handle: UnsafeMutableRawPointer
    package private(set) var failure: (option: UInt32, message: String)?

    package init(_ handle: UnsafeMutableRawPointer) { self.handle = handle }

    package mutating func set(_ option: CURLoption, _ value: Int) {
        note(option, curl_set_long(handle, option, value))
    }

    package mutating func set(_ option: CURLoption, offset: Int64) {
        note(option, curl_set_offset(handle, option, curl_off_t(offset)))
    }

    package mutating func set(_ option: CURLoption, _ value: String?) {
        note(option, curl_set_string(handle, option, value))
    }

    package mutating func set(_ option: CURLoption, _ value: UnsafeMutableRawPointer) {
        note(option, curl_set_pointer(handle, option, value))
    }

    package mutating func set(_ option: CURLoption, list: UnsafeMutablePointer<curl_slist>?) {
        note(option, curl_set_list(handle, option, list))
    }

    package mutating func set(_ option: CURLoption, callback: @escaping curl_transfer_callback) {
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

extension OptionList {
    /// What every transfer of ours has in common: no signals, no proxy variables, http and https only.
    package mutating func setCommon(_ configuration: HTTPClientConfiguration) {
        set(CURLOPT_NOSIGNAL, 1)
        // Else removing a transfer waits for its resolver thread, and stops the loop for everybody.
        set(CURLOPT_QUICK_EXIT, 1)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_PATH_AS_IS, 1)
        set(CURLOPT_TCP_NODELAY, 1)
        set(CURLOPT_PROXY, configuration.proxy ?? "")
        set(CURLOPT_USERAGENT, configuration.userAgent)
        set(configuration.version)
        set(configuration.tls)
    }

    private mutating func set(_ version: HTTPClientConfiguration.Version) {
        switch version {
        case .http1: set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        case .http2: set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS)
        case .http2PriorKnowledge: set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE)
        }
    }

    private mutating func set(_ tls: HTTPClientConfiguration.TLS) {
        set(CURLOPT_SSL_VERIFYPEER, tls.verifies ? 1 : 0)
        set(CURLOPT_SSL_VERIFYHOST, tls.verifies ? 2 : 0)
        set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        if let file = tls.authorityFile {
            set(CURLOPT_CAINFO, file)
            set(CURLOPT_CAPATH, nil as String?)
        }
        if let file = tls.clientCertificateFile { set(CURLOPT_SSLCERT, file) }
        if let file = tls.clientKeyFile { set(CURLOPT_SSLKEY, file) }
        if let passphrase = tls.clientKeyPassphrase { set(CURLOPT_KEYPASSWD, passphrase) }
    }
}
