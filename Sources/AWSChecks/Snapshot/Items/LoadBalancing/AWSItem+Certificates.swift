import AWSClient

extension AWSItem {
    /// The certificates of the listeners.
    public static let certificates = AWSItem(
        "certificates", at: \.certificates, actions: ["acm:DescribeCertificate"],
        from: [.listeners, .listenerCertificates]
    ) { collector, snapshot in
        var arns = Set(snapshot.allListeners.flatMap { $0.certificates.compactMap(\.certificateArn) })
        for case .value(let chosen) in snapshot.listenerCertificates.values {
            arns.formUnion(chosen.compactMap(\.certificateArn))
        }
        // Certificates of IAM cannot be described by the certificate manager.
        return await collector.each(arns.filter { $0.contains(":acm:") }.sorted()) {
            (arn) async throws(AWSError) -> CertificateManager.Certificate in
            try await collector.client.call(CertificateManager.describeCertificate(arn)).certificate
        }
    }
}

extension AWSSnapshot {
    /// By ARN.
    public var certificates: [String: Collected<CertificateManager.Certificate>] {
        get { self[table: .certificates] }
        set { self[table: .certificates] = newValue }
    }
}
