import Foundation
import HTTPClient
import TestSupport
import Testing

@testable import LoadEngine

/// How the bytes of a test's plan are moved: by which transport, over TLS or not.
struct Way: Sendable, CustomTestStringConvertible {
    var transport: LoadTransport
    var isSecure = false

    static let plain = Way(transport: .plain)
    static let secure = Way(transport: .plain, isSecure: true)
    static let libcurl = Way(transport: .libcurl)
    /// By the engine's own sockets.
    static let own = [plain, secure]
    static let all = [plain, secure, libcurl]

    var testDescription: String { "\(transport.rawValue)\(isSecure ? " over TLS" : "")" }

    func server(
        isIPv6: Bool = false, respond: @escaping @Sendable (LoopbackHTTPServer.Request) -> LoopbackHTTPServer.Reply
    ) throws -> LoopbackHTTPServer {
        try LoopbackHTTPServer(
            isIPv6: isIPv6, certificate: isSecure ? TestIdentity.shared.get().certificate : nil, respond: respond)
    }

    /// A configuration that trusts the servers of this way.
    func client(resolve: [String: String] = [:]) throws -> HTTPClientConfiguration {
        HTTPClientConfiguration(
            tls: .init(authorityFile: isSecure ? try TestIdentity.shared.get().authorityFile : nil), resolve: resolve)
    }
}

/// The certificate of all servers of these tests: a key of its own for each would take longer than the tests.
struct TestIdentity: Sendable {
    var certificate: TestCertificate
    /// Holds the authority's certificate; removed when the tests have ended.
    var authorityFile: String

    static let shared = Result { try TestIdentity() }

    private init() throws {
        certificate = try TestCertificate.make()
        let file = FileManager.default.temporaryDirectory.appending(path: "plumbline-test-\(UUID().uuidString).pem")
        try Data(certificate.authority.utf8).write(to: file)
        authorityFile = file.path(percentEncoded: false)
        atexit {
            if let identity = try? TestIdentity.shared.get() { unlink(identity.authorityFile) }
        }
    }
}
