import CTLS
import Foundation

/// OpenSSL between two memory buffers: what comes from the socket is fed in, what must go to the socket is taken out.
final class TLSSession: @unchecked Sendable {
    enum HandshakeStep {
        case done, needsInput
        case failed(String)
    }

    enum ReadStep {
        case bytes([UInt8])
        case needsInput, ended
        case failed(String)
    }

    private let context: OpaquePointer
    private let session: OpaquePointer
    private let input: OpaquePointer
    private let output: OpaquePointer

    init(_ configuration: TLSConfiguration) throws(StreamError) {
        let context = try TLSClientContext.make(rootCertificates: configuration.rootCertificates)
        // The handshake is let through and judged afterwards: only so can the certificate be shown when it is refused.
        SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nil)
        guard let session = SSL_new(context), let input = BIO_new(BIO_s_mem()), let output = BIO_new(BIO_s_mem()) else {
            SSL_CTX_free(context)
            throw StreamError(kind: .tls, message: "OpenSSL could not be set up")
        }
        SSL_set_bio(session, input, output)
        SSL_set_connect_state(session)
        TLSClientContext.name(session, configuration.serverName)
        self.context = context
        self.session = session
        self.input = input
        self.output = output
    }

    deinit {
        SSL_free(session)
        SSL_CTX_free(context)
    }

    func handshake() -> HandshakeStep {
        ERR_clear_error()
        let result = SSL_do_handshake(session)
        if result == 1 { return .done }
        return SSL_get_error(session, result) == SSL_ERROR_WANT_READ
            ? .needsInput : .failed("TLS handshake: \(Self.lastError())")
    }

    func feed(_ bytes: [UInt8]) {
        _ = bytes.withUnsafeBytes { BIO_write(input, $0.baseAddress, Int32($0.count)) }
    }

    func outgoing() -> [UInt8] {
        let count = BIO_ctrl_pending(output)
        guard count > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = max(Int(BIO_read(output, buffer.baseAddress, Int32(count))), 0)
        }
    }

    func write(_ bytes: [UInt8]) -> Bool {
        ERR_clear_error()
        guard !bytes.isEmpty else { return true }
        return bytes.withUnsafeBytes { SSL_write(session, $0.baseAddress, Int32($0.count)) } == Int32(bytes.count)
    }

    func read(upTo count: Int) -> ReadStep {
        ERR_clear_error()
        var result: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            result = SSL_read(session, buffer.baseAddress, Int32(count))
            initialized = max(Int(result), 0)
        }
        if result > 0 { return .bytes(bytes) }
        switch SSL_get_error(session, result) {
        case SSL_ERROR_WANT_READ: return .needsInput
        case SSL_ERROR_ZERO_RETURN: return .ended
        default: return .failed("TLS: \(Self.lastError())")
        }
    }

    func peer() -> TLSPeer {
        let code = SSL_get_verify_result(session)
        var chain: [PeerCertificate] = []
        let stack = SSL_get_peer_cert_chain(session)
        for index in 0..<tls_chain_length(stack) {
            if let certificate = tls_chain_certificate(stack, index) { chain.append(PeerCertificate(certificate)) }
        }
        return TLSPeer(
            version: SSL_get_version(session).map { String(cString: $0) } ?? "unknown",
            cipher: SSL_CIPHER_get_name(SSL_get_current_cipher(session)).map { String(cString: $0) } ?? "unknown",
            chain: chain,
            problem: code == 0 ? nil : X509_verify_cert_error_string(code).map { String(cString: $0) } ?? "not trusted",
            verification: code)
    }

    private static func lastError() -> String {
        let code = ERR_get_error()
        guard code != 0 else { return "the connection ended" }
        var text = [CChar](repeating: 0, count: 256)
        ERR_error_string_n(code, &text, text.count)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension PeerCertificate {
    init(_ certificate: OpaquePointer) {
        subject = Self.oneLine(X509_get_subject_name(certificate))
        issuer = Self.oneLine(X509_get_issuer_name(certificate))
        notBefore = Self.date(X509_get0_notBefore(certificate))
        notAfter = Self.date(X509_get0_notAfter(certificate))
        names = Self.names(certificate)
    }

    private static func oneLine(_ name: OpaquePointer?) -> String {
        guard let text = X509_NAME_oneline(name, nil, 0) else { return "" }
        defer { CRYPTO_free(text, #file, #line) }
        return String(cString: text)
    }

    private static func date(_ time: UnsafePointer<ASN1_TIME>?) -> Date {
        var parts = tm()
        guard ASN1_TIME_to_tm(time, &parts) == 1 else { return .distantPast }
        return Date(timeIntervalSince1970: TimeInterval(timegm(&parts)))
    }

    private static func names(_ certificate: OpaquePointer) -> [String] {
        guard let raw = X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else { return [] }
        let list = OpaquePointer(raw)
        defer { tls_release_names(list) }
        return (0..<tls_name_count(list)).compactMap { index in
            var length: Int32 = 0
            var kind: Int32 = 0
            guard let start = tls_name_bytes(list, index, &length, &kind) else { return nil }
            let bytes = UnsafeBufferPointer(start: start, count: Int(length))
            if kind == 1 { return String(decoding: bytes, as: UTF8.self) }
            return bytes.count == 4 ? bytes.map { String($0) }.joined(separator: ".") : nil
        }
    }
}
