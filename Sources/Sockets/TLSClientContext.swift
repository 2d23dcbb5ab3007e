import CTLS
import Formats

/// What the TLS connections of one thread have in common: which certificates are trusted, which protocols are offered,
/// and whether sessions are kept to be resumed.
///
/// Made anywhere, then confined to its thread: threads that each have their own share no lock.
package final class TLSClientContext: @unchecked Sendable {
    let pointer: OpaquePointer
    private let verifies: Bool

    /// - Parameters:
    ///   - rootCertificates: a PEM file with the certificates to trust; nil for the system's.
    ///   - verifies: false accepts any certificate.
    ///   - protocols: names for ALPN (RFC 7301), the preferred one first.
    ///   - keepsSessions: hands sessions to the `TLSSessionCache` of their connection.
    /// - Throws: `StreamError` of kind `tls` that names the file which could not be read.
    package init(
        rootCertificates: String?, verifies: Bool, protocols: [String], keepsSessions: Bool
    ) throws(StreamError) {
        pointer = try Self.make(rootCertificates: rootCertificates)
        self.verifies = verifies
        SSL_CTX_set_verify(pointer, verifies ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nil)
        // As libcurl does: any certificate of the file is an anchor, be it an intermediate one.
        X509_STORE_set_flags(SSL_CTX_get_cert_store(pointer), UInt(X509_V_FLAG_PARTIAL_CHAIN))
        SSL_CTX_set_options(pointer, UInt64(tls_option_no_renegotiation))
        let offer = protocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
        SSL_CTX_set_alpn_protos(pointer, offer, UInt32(offer.count))
        tls_enable_read_ahead(pointer)
        tls_set_modes(pointer)
        tls_keep_sessions(pointer, keepsSessions ? TLSSessionCache.callback : nil)
        ERR_clear_error()
    }

    deinit { SSL_CTX_free(pointer) }

    /// A context for TLS 1.2 and newer that knows what to trust, and does not verify by itself.
    static func make(rootCertificates: String?) throws(StreamError) -> OpaquePointer {
        guard let context = SSL_CTX_new(TLS_client_method()) else {
            throw StreamError(kind: .tls, message: "OpenSSL could not be set up")
        }
        _ = tls_set_minimum_version(context, TLS1_2_VERSION)
        guard let file = rootCertificates else {
            SSL_CTX_set_default_verify_paths(context)
            return context
        }
        guard SSL_CTX_load_verify_locations(context, file, nil) == 1 else {
            SSL_CTX_free(context)
            throw StreamError(kind: .tls, message: "no certificates could be read from \(file)")
        }
        return context
    }

    /// TLS over a connected socket that does not block; nil when there is no memory for it. Nothing is sent yet.
    ///
    /// - Parameters:
    ///   - serverName: asked for (SNI) and compared with the certificate.
    ///   - sessions: what an earlier connection to this server left to be resumed, and where this one leaves it.
    package func connection(over descriptor: Int32, to serverName: String, sessions: TLSSessionCache?) -> TLSConnection?
    {
        guard let session = SSL_new(pointer) else { return nil }
        guard SSL_set_fd(session, descriptor) == 1 else {
            SSL_free(session)
            return nil
        }
        SSL_set_connect_state(session)
        Self.name(session, serverName)
        sessions?.attach(to: session)
        return TLSConnection(session)
    }

    /// Says whom a session is meant for: a name is asked for and compared, an address only compared (RFC 6066 §3).
    static func name(_ session: OpaquePointer, _ serverName: String) {
        if let address = IPAddress(serverName) {
            // A certificate names no zone.
            X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), String(address.text.prefix { $0 != "%" }))
            return
        }
        // A name's final dot is the resolver's, and is in no certificate.
        let name = serverName.hasSuffix(".") ? String(serverName.dropLast()) : serverName
        _ = tls_set_server_name(session, name)
        SSL_set_hostflags(session, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
        SSL_set1_host(session, name)
    }
}
