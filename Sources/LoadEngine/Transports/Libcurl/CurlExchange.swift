import CCurl

/// What the libcurl transport keeps with a request: a reusable handle and what the handle refers to.
struct CurlExchange {
    let handle: UnsafeMutableRawPointer
    let errorText: UnsafeMutablePointer<CChar>
    /// The request's own header fields.
    var headers: UnsafeMutablePointer<curl_slist>?
    var connectTo: UnsafeMutablePointer<curl_slist>?
    /// What libcurl said in the end.
    var result = CURLE_OK

    init(_ handle: UnsafeMutableRawPointer) {
        self.handle = handle
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    func close() {
        curl_easy_cleanup(handle)
        curl_slist_free_all(headers)
        curl_slist_free_all(connectTo)
        errorText.deallocate()
    }
}
