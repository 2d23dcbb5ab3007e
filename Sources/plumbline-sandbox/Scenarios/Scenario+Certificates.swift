extension Scenario {
    /// Every fault of a certificate, at every part that shows one: `certificate-expired`, `postgres-certificate-expired`, ….
    static let certificates: [Scenario] = StackCertificate.parts.flatMap { part in
        StackCertificate.allCases.compactMap { kind in fault(of: kind).map { certificate(kind, of: part, $0) } }
    }

    private static func certificate(
        _ kind: StackCertificate, of part: String, _ fault: (summary: String, cause: String)
    ) -> Scenario {
        let isBalancer = part == Part.balancer
        let owner = isBalancer ? "the load balancer" : part
        return Scenario(
            name: (isBalancer ? "" : part + "-") + "certificate-" + kind.rawValue,
            summary: "\(owner) shows a certificate \(fault.summary) (stack with --tls)",
            component: isBalancer ? "load-balancer" : part, rootCause: "the certificate of \(owner) \(fault.cause)",
            steps: [.certificate(part: part, kind: kind)])
    }

    private static func fault(of kind: StackCertificate) -> (summary: String, cause: String)? {
        switch kind {
        case .good: nil
        case .expiring: ("that ends in \(kind.days) days", "ends in \(kind.days) days")
        case .expired: ("that has expired", "has expired")
        case .wrongHost: ("for another name", "is for another host name")
        case .selfSigned: ("that nobody signed", "is self-signed, by no known authority")
        }
    }
}
