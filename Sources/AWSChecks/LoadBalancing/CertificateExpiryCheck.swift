import CheckKit
import Formats
import RunModel

/// AWS-ALB-08: the listeners' certificates are issued and hold for another 30 days (contract §9.2).
struct CertificateExpiryCheck: Check, SnapshotCheck {
    let items: [AWSItem] = [.loadBalancers, .listeners, .listenerCertificates, .certificates]
    let passingNote = "every certificate is issued and far from its end"

    var descriptor: CheckDescriptor {
        declare(
            "AWS-ALB-08", "The listeners' certificates do not end within 30 days",
            intent: "An expired certificate is a total outage that everyone could have seen coming.", severity: .high,
            needs: [.part(.balancer)], risk: "All HTTPS clients refuse the connection.",
            remediation: Remediation(
                summary: "Renew the certificate, or fix the DNS record that its renewal is waiting for.",
                command: "aws acm describe-certificate --certificate-arn ARN --query Certificate.RenewalSummary"))
    }

    func analyse(_ snapshot: AWSSnapshot, _ expectations: AWSExpectations) throws -> Analysis {
        var analysis = Analysis()
        let least = expectations.threshold("days", 30)
        for balancer in try snapshot.loadBalancers.known() {
            analysis.look(at: balancer.loadBalancerName) { analysis in
                for arn in try snapshot.listeners[balancer.loadBalancerName].known().flatMap({
                    try snapshot.certificateARNs(of: $0)
                }) where arn.contains(":acm:") {
                    let certificate = try snapshot.certificates[arn].known()
                    let name = "\(certificate.domainName ?? arn) on \(balancer.loadBalancerName)"
                    if let status = certificate.status, status != "ISSUED" {
                        analysis.found(
                            .certificate(
                                Component(.certificate, name), at: name, status == "EXPIRED" ? .expired : .notIssued),
                            name, "the certificate is \(status)", expected: "ISSUED", got: status)
                    }
                    if let renewal = certificate.renewalSummary, renewal.renewalStatus == "FAILED" {
                        let reason = renewal.renewalStatusReason.map { ": \($0)" } ?? ""
                        analysis.found(
                            .certificate(Component(.certificate, name), at: name, .expiresSoon), name,
                            "the renewal of the certificate failed\(reason)", expected: "a renewal that succeeds",
                            got: "FAILED\(reason)")
                    }
                    guard let end = certificate.notAfter else { continue }
                    let days = end.timeIntervalSince(snapshot.takenAt) / 86_400
                    analysis.measurements.append(
                        Metric(
                            "aws.certificate.days_left", days, .days,
                            labels: ["certificate": certificate.domainName ?? arn]))
                    if days < least {
                        analysis.found(
                            .certificate(Component(.certificate, name), at: name, .expiresSoon),
                            name, "the certificate ends in \(days.wholeText) days",
                            expected: "at least \(least.wholeText) days",
                            got: Timestamp.text(end))
                    }
                }
            }
        }
        return analysis
    }
}
