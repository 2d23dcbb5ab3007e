import CTLS
import Foundation

/// The server's side of TLS over sockets that block, one thread for each.
final class ServerTLS: @unchecked Sendable {
    private let context: OpaquePointer

    init(_ certificate: TestCertificate) throws {
        guard let context = SSL_CTX_new(TLS_server_method()) else { throw TestServerError("OpenSSL cannot be set up") }
        self.context = context
        let certificateText = Self.read(certificate.certificate) { PEM_read_bio_X509($0, nil, nil, nil) }
        let keyText = Self.read(certificate.key) { PEM_read_bio_PrivateKey($0, nil, nil, nil) }
        defer {
            X509_free(certificateText)
            EVP_PKEY_free(keyText)
        }
        guard SSL_CTX_use_certificate(context, certificateText) == 1, SSL_CTX_use_PrivateKey(context, keyText) == 1
        else { throw TestServerError("OpenSSL does not take the test's certificate") }
    }

    deinit { SSL_CTX_free(context) }

    private static func read<Value>(_ text: String, _ parse: (OpaquePointer?) -> Value) -> Value {
        let bytes = Array(text.utf8)
        return bytes.withUnsafeBytes { bytes in
            let source = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count))
            defer { BIO_free(source) }
            return parse(source)
        }
    }

    /// Shakes hands with a client; nil when that fails.
    func accept(_ descriptor: Int32) -> Session? {
        // OpenSSL writes without a flag against SIGPIPE, which would end the tests.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        guard let pointer = SSL_new(context) else { return nil }
        SSL_set_fd(pointer, descriptor)
        guard SSL_accept(pointer) == 1 else {
            SSL_free(pointer)
            return nil
        }
        return Session(pointer: pointer)
    }

    /// One connection, confined to its thread.
    struct Session {
        fileprivate let pointer: OpaquePointer

        func send(_ bytes: [UInt8]) -> Bool {
            bytes.isEmpty || SSL_write(pointer, bytes, Int32(bytes.count)) == Int32(bytes.count)
        }

        func receive(_ buffer: inout [UInt8], _ count: Int) -> Int { Int(SSL_read(pointer, &buffer, Int32(count))) }

        /// Has `end` leave without a word.
        func forget() { SSL_set_quiet_shutdown(pointer, 1) }

        /// Tells the client, and gives everything back but the socket.
        func end() {
            SSL_shutdown(pointer)
            SSL_free(pointer)
            ERR_clear_error()
        }
    }
}
