import AWSClient
import CheckKit
import Formats
import RunModel

/// AWS-ALB-14: every promised host has a valid certificate that names it.
struct HostCertificatesCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.loadBalancers, .listeners, .rules, .listenerCertificates, .certificates]
    let passingNote = "every promised host has a valid certificate that names it"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ALB-14", "Every promised host has a valid certificate that names it",
            intent:
                "A certificate for another name, or one that has ended, stops every client before its first request.",
            procedure:
                "Compares the configured hosts with the names of all certificates of the listener they lead to, the default one and "
                + "those chosen by name (SNI).", severity: .critical, isCritical: true, needs: [.part(.balancer)],
            risk: "All HTTPS clients of the host refuse the connection.",
            remediation: Remediation(
                summary: "Add a certificate for the host to the listener.",
                command:
                    "aws elbv2 add-listener-certificates --listener-arn ARN --certificates CertificateArn=CERTIFICATE"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let promises = expectations.routes ?? []
        guard let tables = try RoutingTable.all(for: promises, in: snapshot, &analysis) else { return analysis }
        var seen: Set<String> = []
        for promise in promises where seen.insert("\(promise.host):\(promise.port)").inserted {
            analysis.look(at: promise.host) { analysis in
                let place = HostPlace(promise.host, tables, snapshot)
                // Which of several load balancers a host leads to is not known; that one has no listener is another finding.
                guard place.isChosenByName || place.tables.count == 1, let table = place.tables.first,
                    let listener = table.listener(on: promise.port), listener.speaksTLS
                else { return }
                try examine(promise, table, listener, snapshot, &analysis)
            }
        }
        return analysis
    }

    private func examine(
        _ promise: PromisedRoute, _ table: RoutingTable, _ listener: LoadBalancing.Listener, _ snapshot: AWSSnapshot,
        _ analysis: inout Analysis
    ) throws {
        let place = "\(table.name):\(promise.port)"
        let arns = try snapshot.certificateARNs(of: listener)
        var matching: [CertificateManager.Certificate] = []
        var names: Set<String> = []
        for arn in arns {
            guard arn.contains(":acm:") else {
                throw Stop.inconclusive(
                    .obstacle(.hidden, of: Component(.certificate, arn)),
                    "\(arn) is not kept by the certificate manager, so its names are not known")
            }
            let certificate = try snapshot.certificates[arn].known()
            names.formUnion(certificate.names)
            if certificate.covers(promise.host) { matching.append(certificate) }
        }
        guard !matching.isEmpty else {
            analysis.found(
                .certificate(Component(.certificate, promise.host), at: promise.host, .wrongName), promise.host,
                "no certificate of \(place) names the host", expected: "a certificate for \(promise.host)",
                got: names.isEmpty ? "no certificate" : "certificates for \(names.sorted().joined(separator: ", "))")
            return
        }
        // The load balancer chooses among those that fit; one that holds is enough only if it is chosen, so each must hold.
        for certificate in matching {
            let name = certificate.domainName ?? promise.host
            if let status = certificate.status, status != "ISSUED" {
                analysis.found(
                    .certificate(
                        Component(.certificate, name), at: promise.host, status == "EXPIRED" ? .expired : .notIssued),
                    promise.host, "the certificate \(name) of \(place) is \(status)", expected: "ISSUED", got: status)
            } else if let end = certificate.notAfter, end <= snapshot.takenAt {
                analysis.found(
                    .certificate(Component(.certificate, name), at: promise.host, .expired), promise.host,
                    "the certificate \(name) of \(place) has ended", expected: "a certificate that holds",
                    got: Timestamp.text(end))
            }
        }
    }
}
