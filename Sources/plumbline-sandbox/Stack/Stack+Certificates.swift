import Foundation

extension SandboxDirectory {
    /// The authority that signed every certificate but the self-signed one; what `ca_file` of the configuration names.
    var authority: String { tls + "/ca.pem" }

    func certificate(_ name: String) -> String { tls + "/\(name).pem" }
    func certificateKey(_ name: String) -> String { tls + "/\(name).key" }

    /// Puts a certificate in the place from where a part reads its own.
    func install(_ certificate: StackCertificate, for part: String) throws {
        for path in [self.certificate, certificateKey] {
            let text = try String(contentsOfFile: path(certificate.rawValue), encoding: .utf8)
            try writePrivately(text, to: path(part))
        }
    }
}

extension Stack {
    /// An elliptic key: made in a moment, and understood by everything that speaks TLS 1.2.
    private static let newKey = [
        "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
    ]

    /// Makes the authority and one certificate of each kind, and puts the good one in force everywhere.
    func makeCertificates() async throws {
        guard options.hasTLS else { return }
        try await openssl(
            ["req", "-x509"] + Self.newKey + [
                "-keyout", directory.tls + "/ca.key", "-out", directory.authority, "-days", "90", "-subj",
                "/CN=Plumbline sandbox authority",
            ])
        for certificate in StackCertificate.allCases { try await make(certificate) }
        for part in StackCertificate.parts { try directory.install(.good, for: part) }
    }

    private func make(_ certificate: StackCertificate) async throws {
        let name = certificate.rawValue
        let request = directory.tls + "/\(name).csr"
        let extensions = directory.tls + "/\(name).extensions"
        try directory.writePrivately("subjectAltName=\(certificate.names)\n", to: extensions)
        try await openssl(
            ["req", "-new"] + Self.newKey + [
                "-keyout", directory.certificateKey(name), "-out", request, "-subj", certificate.subject,
            ])
        let signer =
            certificate == .selfSigned
            ? ["-signkey", directory.certificateKey(name)]
            : ["-CA", directory.authority, "-CAkey", directory.tls + "/ca.key", "-CAcreateserial"]
        try await openssl(
            ["x509", "-req", "-in", request] + signer + [
                "-days", "\(certificate.days)", "-extfile", extensions, "-out", directory.certificate(name),
            ])
    }

    private func openssl(_ arguments: [String]) async throws {
        try await launch("openssl", [programs.openssl] + arguments).complete(in: directory, deadline: .seconds(20))
    }
}
