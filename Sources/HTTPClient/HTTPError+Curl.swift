import CCurl
import Glibc

extension HTTPError.Code {
    /// The code for a libcurl result.
    ///
    /// - Parameters:
    ///   - systemError: `errno` of the failed socket call (CURLINFO_OS_ERRNO), 0 when unknown.
    ///   - verification: OpenSSL's verification result (CURLINFO_SSL_VERIFYRESULT), 0 when it did not object.
    ///   - progress: how far the connection had come.
    package init(
        curl result: CURLcode, systemError: Int, verification: Int, progress: ConnectionProgress, message: String
    ) {
        switch result {
        case CURLE_COULDNT_RESOLVE_HOST: self = .couldNotResolve
        case CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY: self = .proxyFailure
        case CURLE_COULDNT_CONNECT: self = .connecting(systemError)
        case CURLE_OPERATION_TIMEDOUT: self = .timedOut(progress)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR: self = .certificate(verification, message)
        case CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE: self = .clientCertificate
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER, CURLE_USE_SSL_FAILED, CURLE_SSL_INVALIDCERTSTATUS:
            self = .tlsFailure
        case CURLE_GOT_NOTHING: self = .emptyReply
        case CURLE_PARTIAL_FILE: self = .truncatedBody
        // A chunk length that is none comes under the same code as a reset.
        case CURLE_RECV_ERROR: self = message.contains("chunk") ? .malformedResponse : .connectionReset
        case CURLE_SEND_ERROR: self = .connectionReset
        case CURLE_WEIRD_SERVER_REPLY, CURLE_HTTP2, CURLE_HTTP2_STREAM, CURLE_BAD_CONTENT_ENCODING,
            CURLE_UNSUPPORTED_PROTOCOL:
            self = .malformedResponse
        case CURLE_FILESIZE_EXCEEDED: self = .bodyTooLarge
        case CURLE_TOO_MANY_REDIRECTS: self = .tooManyRedirects
        case CURLE_URL_MALFORMAT: self = .invalidURL
        // libcurl refuses a header line beyond 100 KB with this code and this text; anything else is real.
        case CURLE_OUT_OF_MEMORY: self = progress == .answering ? .headersTooLarge : .localResources
        case CURLE_FAILED_INIT, CURLE_NO_CONNECTION_AVAILABLE: self = .localResources
        default: self = .other
        }
    }

    /// The code for a connection that the system refused with this `errno`.
    package static func connecting(_ systemError: Int) -> Self {
        switch Int32(truncatingIfNeeded: systemError) {
        case EHOSTUNREACH, ENETUNREACH, ENETDOWN, EHOSTDOWN: .unreachable
        case EADDRNOTAVAIL, EMFILE, ENFILE, ENOBUFS, ENOMEM: .localResources
        case ETIMEDOUT: .connectTimeout
        default: .connectionRefused
        }
    }

    /// The code for a deadline that passed when the connection had come so far.
    package static func timedOut(_ progress: ConnectionProgress) -> Self {
        switch progress {
        case .resolving: .resolveTimeout
        case .connecting: .connectTimeout
        case .securing: .tlsHandshakeTimeout
        case .connected, .answering: .timeout
        }
    }

    private static func certificate(_ verification: Int, _ message: String) -> Self {
        // libcurl compares names itself once the chain is good.
        message.contains("subject name") ? .certificateHostMismatch : certificate(verification)
    }

    /// The code for a certificate that OpenSSL refused with this verification result.
    package static func certificate(_ verification: Int) -> Self {
        switch verification {
        // X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED
        case 9, 10: .certificateExpired
        // X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
        case 62, 64: .certificateHostMismatch
        default: .certificateUntrusted
        }
    }
}

/// How far a connection had come when it failed.
package enum ConnectionProgress: Sendable {
    case resolving, connecting
    /// In the TLS handshake. libcurl's handles do not tell it from `connecting`.
    case securing
    case connected, answering

    /// Reads it from the handle of a finished transfer.
    package init(_ handle: UnsafeMutableRawPointer) {
        var headerBytes = 0
        _ = curl_get_long(handle, CURLINFO_HEADER_SIZE, &headerBytes)
        func happened(_ moment: CURLINFO) -> Bool {
            var microseconds: curl_off_t = 0
            _ = curl_get_offset(handle, moment, &microseconds)
            return microseconds > 0
        }
        if headerBytes > 0 {
            self = .answering
        } else if happened(CURLINFO_PRETRANSFER_TIME_T) {
            self = .connected
        } else {
            self = happened(CURLINFO_NAMELOOKUP_TIME_T) ? .connecting : .resolving
        }
    }
}
