import CCurl
import HTTPClient

/// Sets a slot's handle up: once for everything that stays, and again only for what `{n}` changes.
///
/// libcurl's cost grows with what it is told: no header callback, no content decoding, a small buffer, an address parsed
/// once, and deadlines kept by the loop instead of libcurl's timer tree.
struct RequestSetup {
    typealias Slot = TransferSlot<CurlExchange>.Pointer

    private let plan: LoadPlan
    private let varies: [Bool]
    /// Parsed URLs of the requests that do not vary; libcurl copies them instead of parsing text again.
    private let addresses: [ParsedAddress?]

    init(_ plan: LoadPlan) {
        self.plan = plan
        varies = plan.requests.map(RequestTemplate.varies)
        addresses = zip(plan.requests, varies).map { request, varies in varies ? nil : ParsedAddress(request.url) }
    }

    /// Nil when libcurl could not make a handle or refused an option.
    func makeSlot(_ kind: Int) -> Slot? {
        guard let handle = curl_easy_init() else { return nil }
        let slot = TransferSlot.make(CurlExchange(handle), kind: kind, plan: plan)
        var options = OptionList(handle)
        options.setCommon(plan.client)
        options.set(CURLOPT_PRIVATE, UnsafeMutableRawPointer(slot))
        options.set(CURLOPT_WRITEDATA, UnsafeMutableRawPointer(slot))
        options.set(CURLOPT_WRITEFUNCTION, callback: Self.bodyCallback)
        options.set(CURLOPT_ERRORBUFFER, UnsafeMutableRawPointer(slot.pointee.exchange.errorText))
        options.set(CURLOPT_HTTP_CONTENT_DECODING, 0)
        options.set(CURLOPT_BUFFERSIZE, 16 << 10)
        if !plan.reusesConnections {
            options.set(CURLOPT_FORBID_REUSE, 1)
            options.set(CURLOPT_FRESH_CONNECT, 1)
        }
        options.set(CURLOPT_SSL_SESSIONID_CACHE, plan.resumesSessions ? 1 : 0)
        if plan.client.version != .http1 { options.set(CURLOPT_PIPEWAIT, 1) }
        setTarget(kind, slot, &options)
        guard options.failure == nil else {
            Self.free(slot)
            return nil
        }
        return slot
    }

    static func free(_ slot: Slot) {
        slot.pointee.exchange.close()
        TransferSlot.free(slot)
    }

    /// Counts the body, keeps its beginning if a check reads it, and notes the time.
    private static let bodyCallback: curl_transfer_callback = { bytes, size, count, context in
        guard let slot = context?.assumingMemoryBound(to: TransferSlot<CurlExchange>.self) else { return 0 }
        let length = size * count
        guard let bytes, length > 0 else { return length }
        slot.pointee.lastByte = MonotonicClock.now()
        return slot.pointee.take(bytes, length) ? length : 0
    }

    /// Brings a slot to the next request's values. Nothing to do for requests that stay the same.
    func renew(_ slot: Slot, number: Int) {
        guard varies[slot.pointee.kind] else { return }
        var options = OptionList(slot.pointee.exchange.handle)
        set(RequestTemplate.filled(plan.requests[slot.pointee.kind], number: number), slot, &options)
    }

    private func setTarget(_ kind: Int, _ slot: Slot, _ options: inout OptionList) {
        let request = plan.requests[kind]
        let sample = RequestTemplate.filled(request, number: 0)
        set(sample, slot, &options)
        if let address = addresses[kind] { options.set(CURLOPT_CURLU, address.pointer) }
        if let host = try? ParsedURL(sample.url).host, let target = plan.client.resolve[host] {
            slot.pointee.exchange.connectTo = curl_slist_append(nil, "::\(HTTPEndpoint(host: target).connectText)")
            options.set(CURLOPT_CONNECT_TO, list: slot.pointee.exchange.connectTo)
        }
    }

    private func set(
        _ request: LoadRequest, _ slot: Slot, _ options: inout OptionList
    ) {
        options.set(CURLOPT_URL, request.url)
        switch (request.method, request.body) {
        case ("GET", nil): options.set(CURLOPT_HTTPGET, 1)
        case ("HEAD", nil): options.set(CURLOPT_NOBODY, 1)
        case ("POST", let body), ("PUT", let body), ("PATCH", let body): setBody(body ?? [], request.method, &options)
        case (_, let body?): setBody(body, request.method, &options)
        default: options.set(CURLOPT_CUSTOMREQUEST, request.method)
        }
        setHeaders(request, slot, &options)
    }

    /// libcurl copies the bytes, so that a slot owns all it sends.
    private func setBody(_ body: [UInt8], _ method: String, _ options: inout OptionList) {
        options.set(CURLOPT_POSTFIELDSIZE_LARGE, offset: Int64(body.count))
        var bytes = body.isEmpty ? [0] : body
        bytes.withUnsafeMutableBytes { buffer in
            guard let start = buffer.baseAddress else { return }
            options.set(CURLOPT_COPYPOSTFIELDS, start)
        }
        options.set(CURLOPT_CUSTOMREQUEST, method)
    }

    private func setHeaders(_ request: LoadRequest, _ slot: Slot, _ options: inout OptionList) {
        var list: UnsafeMutablePointer<curl_slist>?
        for header in request.headers {
            list = curl_slist_append(list, header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)")
        }
        // A list costs libcurl a comparison with every field of its own, so requests without a body go without one.
        let carriesBody = request.body != nil || ["POST", "PUT", "PATCH"].contains(request.method)
        let unwanted = carriesBody ? ["Content-Type", "Expect"] : []
        for name in unwanted
        where !request.headers.contains(where: { HTTPHeaders.sameName($0.name, name) }) {
            list = curl_slist_append(list, "\(name):")
        }
        options.set(CURLOPT_HTTPHEADER, list: list)
        curl_slist_free_all(slot.pointee.exchange.headers)
        slot.pointee.exchange.headers = list
    }
}

/// A URL parsed by libcurl, kept for as long as handles refer to it.
private final class ParsedAddress {
    let pointer: UnsafeMutableRawPointer
    private let handle: OpaquePointer

    init?(_ url: String) {
        guard let handle = curl_url() else { return nil }
        self.handle = handle
        pointer = UnsafeMutableRawPointer(handle)
        guard curl_url_set(handle, CURLUPART_URL, url, UInt32(CURLU_PATH_AS_IS)) == CURLUE_OK else { return nil }
    }

    deinit { curl_url_cleanup(handle) }
}
