import CCurl

extension Transfer {
    /// What a finished transfer comes to, read from its handle.
    func outcome(of handle: UnsafeMutableRawPointer, _ result: CURLcode) -> Outcome {
        if let refusal { return .failure(failure(refusal.code, refusal.message)) }
        guard result == CURLE_OK || (result == CURLE_WRITE_ERROR && bodyIsTruncated) else {
            return .failure(error(of: handle, result))
        }
        return .success(response(of: handle))
    }

    private func error(of handle: UnsafeMutableRawPointer, _ result: CURLcode) -> HTTPError {
        var systemError = 0
        var verification = 0
        _ = curl_get_long(handle, CURLINFO_OS_ERRNO, &systemError)
        _ = curl_get_long(handle, CURLINFO_SSL_VERIFYRESULT, &verification)
        let text = String(cString: errorText)
        let message = text.isEmpty ? String(cString: curl_easy_strerror(result)) : text
        let code = HTTPError.Code(
            curl: result, systemError: systemError, verification: verification, progress: ConnectionProgress(handle),
            message: message)
        return failure(code, message)
    }

    private func response(of handle: UnsafeMutableRawPointer) -> HTTPResponse {
        var status = 0
        var port = 0
        var connections = 0
        var version = 0
        _ = curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        _ = curl_get_long(handle, CURLINFO_PRIMARY_PORT, &port)
        _ = curl_get_long(handle, CURLINFO_NUM_CONNECTS, &connections)
        _ = curl_get_long(handle, CURLINFO_HTTP_VERSION, &version)
        return HTTPResponse(
            status: status, headers: HTTPHeaders(headers), body: body, bodyIsTruncated: bodyIsTruncated,
            timing: timing(of: handle), version: Transfer.versionText(version),
            remoteAddress: Transfer.text(handle, CURLINFO_PRIMARY_IP), remotePort: port == 0 ? nil : port,
            url: SensitiveURL.shown(request.url), reusedConnection: connections == 0,
            certificates: request.collectsCertificates ? Certificate.chain(of: handle) : [])
    }

    private func timing(of handle: UnsafeMutableRawPointer) -> HTTPTiming {
        func moment(_ info: CURLINFO) -> Duration {
            var microseconds: curl_off_t = 0
            _ = curl_get_offset(handle, info, &microseconds)
            return .microseconds(Int64(microseconds))
        }
        let resolved = moment(CURLINFO_NAMELOOKUP_TIME_T)
        let connected = moment(CURLINFO_CONNECT_TIME_T)
        let secured = moment(CURLINFO_APPCONNECT_TIME_T)
        return HTTPTiming(
            dns: connected == .zero ? .zero : resolved,
            connect: max(.zero, connected - resolved),
            tls: secured == .zero ? .zero : max(.zero, secured - connected),
            firstByte: max(.zero, moment(CURLINFO_STARTTRANSFER_TIME_T) - moment(CURLINFO_PRETRANSFER_TIME_T)),
            total: ContinuousClock.now - startedAt)
    }

    static func text(_ handle: UnsafeMutableRawPointer, _ info: CURLINFO) -> String? {
        var pointer: UnsafePointer<CChar>?
        guard curl_get_string(handle, info, &pointer) == CURLE_OK, let pointer else { return nil }
        let text = String(cString: pointer)
        return text.isEmpty ? nil : text
    }

    private static func versionText(_ version: Int) -> String {
        switch version {
        case CURL_HTTP_VERSION_1_0: "1.0"
        case CURL_HTTP_VERSION_2_0: "2"
        default: "1.1"
        }
    }
}

extension Certificate {
    /// The chain that libcurl kept for a finished transfer.
    static func chain(of handle: UnsafeMutableRawPointer) -> [Certificate] {
        var information: UnsafeMutablePointer<curl_certinfo>?
        guard curl_get_certificates(handle, &information) == CURLE_OK, let information,
            let lists = information.pointee.certinfo
        else { return [] }
        return (0..<Int(information.pointee.num_of_certs)).map { index in
            var lines: [String] = []
            var node = lists[index]
            while let current = node {
                if let data = current.pointee.data { lines.append(String(cString: data)) }
                node = current.pointee.next
            }
            return Certificate(lines: lines)
        }
    }
}
