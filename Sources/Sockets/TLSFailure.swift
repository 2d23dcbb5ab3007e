import CTLS
import Glibc

/// Why a TLS connection could not be made or ended, by kind.
package enum TLSFailure: Error, Hashable, Sendable {
    /// The server's certificate was refused, with OpenSSL's verification code (`X509_V_ERR_…`).
    case certificate(Int)
    /// The server wants a certificate of the client.
    case clientCertificateWanted
    /// Both sides have no version of TLS in common.
    case protocolVersion
    /// The peer reset the connection.
    case reset
    /// The connection ended without TLS's own end (`close_notify`): what came before may have been cut short.
    case closedWithoutNotify
    /// Anything else, with OpenSSL's reason (`SSL_R_…`), 0 when it gave none.
    case other(Int)

    /// Reads the reason of the call that has just failed on this thread, and empties the thread's list of errors.
    ///
    /// - Parameters:
    ///   - error: what `SSL_get_error` said, `SSL_ERROR_SYSCALL` or `SSL_ERROR_SSL`.
    ///   - number: `errno` right after the call.
    init(_ session: OpaquePointer, error: Int32, number: Int32) {
        defer { ERR_clear_error() }
        let reason = ERR_GET_REASON(ERR_peek_last_error())
        guard error == SSL_ERROR_SSL else {
            self =
                switch number {
                case ECONNRESET, EPIPE, ECONNABORTED: .reset
                case 0: .closedWithoutNotify
                default: .other(0)
                }
            return
        }
        self =
            switch reason {
            case SSL_R_CERTIFICATE_VERIFY_FAILED: .certificate(SSL_get_verify_result(session))
            case SSL_R_UNEXPECTED_EOF_WHILE_READING: .closedWithoutNotify
            case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, SSL_R_VERSION_TOO_LOW:
                .protocolVersion
            case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED: .clientCertificateWanted
            default: .other(Int(reason))
            }
    }
}
