import AWSClient

extension AWSItem {
    /// Every certificate of the listeners that speak TLS: the default one and those chosen by name.
    public static let listenerCertificates = AWSItem(
        "listenerCertificates", at: \.listenerCertificates,
        actions: ["elasticloadbalancing:DescribeListenerCertificates"], from: [.listeners]
    ) { collector, snapshot in
        let secure = snapshot.allListeners.filter { !$0.certificates.isEmpty || $0.speaksTLS }
        return await collector.each(secure.map(\.listenerArn)) {
            (arn) async throws(AWSError) -> [LoadBalancing.Listener.Certificate] in
            try await collector.client.all(LoadBalancing.describeListenerCertificates(arn)) { $0.certificates }
        }
    }
}

extension AWSSnapshot {
    /// By listener ARN; empty in snapshots of builds that did not ask.
    public var listenerCertificates: [String: Collected<[LoadBalancing.Listener.Certificate]>] {
        get { self[table: .listenerCertificates] }
        set { self[table: .listenerCertificates] = newValue }
    }

    /// The ARNs of a listener's certificates, each once.
    ///
    /// - Throws: ``Stop`` with `inconclusive` where those that are chosen by name could not be listed.
    func certificateARNs(of listener: LoadBalancing.Listener) throws -> [String] {
        let chosen = try listenerCertificates[listener.listenerArn]?.known() ?? []
        return Array(Set((listener.certificates + chosen).compactMap(\.certificateArn))).sorted()
    }
}

extension LoadBalancing.Listener {
    var speaksTLS: Bool { self.protocol == "HTTPS" || self.protocol == "TLS" }
}
