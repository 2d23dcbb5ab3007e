import Foundation

/// A certificate made for a test, with its key and the authority that signed it, all as PEM.
public struct TestCertificate: Sendable {
    public enum Fault: String, Sendable, CaseIterable { case none, expired, wrongHost, selfSigned }

    public var certificate: String
    public var key: String
    public var authority: String

    /// Makes a certificate for `localhost`, `*.localhost` and 127.0.0.1 — or one with the given fault — with the `openssl` program.
    public static func make(_ fault: Fault = .none) throws -> TestCertificate {
        let directory = FileManager.default.temporaryDirectory.appending(path: "plumbline-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        func openssl(_ words: String...) throws { try ServerProcess.run(["openssl"] + words, in: directory) }
        func read(_ file: String) throws -> String {
            try String(contentsOf: directory.appending(path: file), encoding: .utf8)
        }
        let name = fault == .wrongHost ? "DNS:elsewhere.example" : "DNS:localhost,DNS:*.localhost,IP:127.0.0.1"
        try Data("subjectAltName=\(name)\n".utf8).write(to: directory.appending(path: "extensions"))
        try openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.crt", "-days", "30",
            "-subj", "/CN=Plumbline test authority")
        if fault == .selfSigned {
            try openssl(
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key", "-out", "server.crt",
                "-days", "30", "-subj", "/CN=localhost", "-addext", "subjectAltName=\(name)")
        } else {
            try openssl(
                "req", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key", "-out", "server.csr", "-subj",
                "/CN=localhost")
            try openssl(
                "x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-out",
                "server.crt", "-days", fault == .expired ? "-1" : "30", "-extfile", "extensions")
        }
        return TestCertificate(
            certificate: try read("server.crt"), key: try read("server.key"), authority: try read("ca.crt"))
    }

    /// Calls `body` with the path of a file that holds the authority's certificate.
    public func withAuthorityFile<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "authority.pem")
            try Data(authority.utf8).write(to: file)
            return try await body(file.path(percentEncoded: false))
        }
    }
}
