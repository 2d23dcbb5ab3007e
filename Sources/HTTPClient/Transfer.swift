import CCurl
import Synchronization

/// One request on its way through the event loop.
///
/// Everything but `isCancelled` belongs to the loop's thread from `TransferLoop.submit` on, and to nobody else: that is
/// what makes the unchecked conformance sound.
final class Transfer: @unchecked Sendable {
    typealias Outcome = Result<HTTPResponse, HTTPError>

    let request: HTTPRequest
    let url: ParsedURL
    let deadline: ContinuousClock.Instant
    let startedAt: ContinuousClock.Instant
    let isCancelled = Atomic(false)
    var continuation: CheckedContinuation<Outcome, Never>?

    var headers: [HTTPHeader] = []
    var headerBytes = 0
    var body: [UInt8] = []
    var bodyOffset = 0
    var bodyIsTruncated = false
    /// Our own reason for having stopped libcurl from inside a callback.
    var refusal: (code: HTTPError.Code, message: String)?
    let maximumHeaderBytes: Int
    let maximumHeaderCount: Int
    /// libcurl's text of the failure.
    let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    var headerList: UnsafeMutablePointer<curl_slist>?
    var connectList: UnsafeMutablePointer<curl_slist>?

    init(
        _ request: HTTPRequest, url: ParsedURL, startedAt: ContinuousClock.Instant, deadline: ContinuousClock.Instant,
        configuration: HTTPClientConfiguration
    ) {
        self.request = request
        self.url = url
        self.startedAt = startedAt
        self.deadline = deadline
        maximumHeaderBytes = configuration.maximumHeaderBytes
        maximumHeaderCount = configuration.maximumHeaderCount
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        errorText.deallocate()
        curl_slist_free_all(headerList)
        curl_slist_free_all(connectList)
    }

    func failure(_ code: HTTPError.Code, _ message: String) -> HTTPError {
        HTTPError(
            code: code, message: message.replacing(request.url, with: SensitiveURL.shown(request.url)),
            method: request.method, url: SensitiveURL.shown(request.url), elapsed: ContinuousClock.now - startedAt)
    }

    /// One line of the answer's head: a status line starts a new answer (after 100 Continue), the rest are fields.
    func receive(headerLine bytes: UnsafeRawBufferPointer) -> Bool {
        headerBytes += bytes.count
        let line = String(decoding: bytes, as: UTF8.self)
        if line.hasPrefix("HTTP/") {
            headers.removeAll(keepingCapacity: true)
        } else if let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) {
            headers.append(
                HTTPHeader(
                    String(line[..<colon]), line[line.utf8.index(after: colon)...].trimmingFieldWhitespace))
        }
        if headerBytes > maximumHeaderBytes || headers.count > maximumHeaderCount {
            refusal = (
                .headersTooLarge,
                "expected at most \(maximumHeaderBytes) bytes and \(maximumHeaderCount) header fields, got more"
            )
            return false
        }
        return true
    }

    /// A piece of the body; false stops the transfer.
    func receive(body bytes: UnsafeRawBufferPointer) -> Bool {
        let room = request.maximumBodyBytes - body.count
        guard bytes.count > room else {
            body.append(contentsOf: bytes)
            return true
        }
        switch request.bodyOverflow {
        case .truncate:
            body.append(contentsOf: bytes.prefix(max(0, room)))
            bodyIsTruncated = true
        case .fail:
            refusal = (.bodyTooLarge, "expected at most \(request.maximumBodyBytes) bytes of body, got more")
        }
        return false
    }

    /// Copies the next piece of the request's body to libcurl; returns its length.
    func send(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard let outgoing = request.body else { return 0 }
        let count = min(buffer.count, outgoing.count - bodyOffset)
        guard count > 0 else { return 0 }
        outgoing.withUnsafeBytes { bytes in
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[bodyOffset..<bodyOffset + count]))
        }
        bodyOffset += count
        return count
    }
}

extension Substring {
    /// Without the blanks around a field's value and the end of its line.
    fileprivate var trimmingFieldWhitespace: String {
        let blanks: Set<Character> = [" ", "\t", "\r", "\n", "\r\n"]
        guard let first = firstIndex(where: { !blanks.contains($0) }),
            let last = lastIndex(where: { !blanks.contains($0) })
        else { return "" }
        return String(self[first...last])
    }
}
