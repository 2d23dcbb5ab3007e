import CheckKit
import Formats
import Foundation
import HTTPClient
import RunModel
import Settings
import Sockets

/// What is the same for each host: every address of its name, its certificate, its redirect to TLS.
struct ServiceHosts: CheckFamily {
    func checks(for configuration: Configuration) -> [any Check] {
        let services: [Service] = [.api, .registry, .auth]
        return services.enumerated().flatMap { index, service -> [any Check] in
            [
                EveryAddress(id: CheckID("SH-\(32 + index)"), service: service),
                ServiceCertificate(id: CheckID("SH-\(35 + index)"), service: service),
                RedirectToTLS(id: CheckID("SH-\(45 + index)"), service: service),
            ]
        }
    }
}

extension EveryAddress {
    typealias Answer = (address: IPAddress, text: String)

    /// Side by side, so that the time for all is that for one. /health of a deployment may wait behind a probe that hangs,
    /// measured up to 15 s (contract §13).
    private func ask(
        _ addresses: [IPAddress], _ context: CheckContext
    ) async throws -> (answers: [Answer], symptom: Symptom, isOfFront: Bool) {
        let url = try context.url(of: service, path: "/health")
        let results = try await withThrowingTaskGroup(of: (Int, Result<HTTPResponse, HTTPError>).self) { group in
            for (index, address) in addresses.enumerated() {
                group.addTask {
                    let request = HTTPRequest(
                        url: url, deadline: .seconds(20), connectTo: HTTPEndpoint(host: address.text),
                        reusesConnection: false)
                    do {
                        return (index, .success(try await context.exchange(request)))
                    } catch let error as HTTPError where error.code != .cancelled {
                        return (index, .failure(error))
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }
        }
        var symptom = Symptom.obstacle(.nothingToLookAt, of: .service(service))
        let answers = results.map { index, result -> Answer in
            switch result {
            case .success(let response): return (addresses[index], "\(response.status)")
            case .failure(let error):
                symptom = context.symptom(of: error)
                return (addresses[index], error.code.rawValue)
            }
        }
        // Each address is a node of what stands in front: one that is silent, or answers in its own name, is out of order.
        let isOfFront = try results.contains { _, result in
            switch result {
            case .success(let response): Responder.recognised(in: response) == .balancer
            case .failure:
                try results.contains {
                    if case .success(let other) = $0.1 {
                        try LoadBalancerSign.isSeen(in: other, context)
                    } else {
                        false
                    }
                }
            }
        }
        return (answers, symptom, isOfFront)
    }
}

/// Host, port and scheme of a service's URL.
struct ServiceLocation: Sendable, Equatable {
    var scheme: String
    var host: String
    var port: Int
    /// The URL as the configuration gives it.
    var url: String

    var place: String { Place.text(of: url) ?? host }

    init?(_ url: String) {
        guard let end = url.firstRange(of: "://")?.lowerBound, let address = NetworkAddress(url) else { return nil }
        scheme = url[..<end].lowercased()
        host = address.host
        port = address.port ?? NetworkAddress.usualPort(of: url)
        self.url = url
    }

    static func of(_ service: Service, _ context: CheckContext) throws -> ServiceLocation {
        let url = try context.url(of: service)
        guard let location = ServiceLocation(url) else { throw Stop(.error("`\(service.setting)` is no URL: \(url)")) }
        return location
    }

    /// The addresses to try: the configured one, or those of the name.
    func addresses(_ context: CheckContext) async throws -> [IPAddress] {
        if let fixed = context.configuration.services.resolve[host].flatMap({ IPAddress($0) }) {
            return [fixed]
        }
        do {
            return try await NameResolver.addresses(of: host, within: .seconds(10))
        } catch {
            let reason = error.description
            throw PrivateHost.isAnswerable(host)
                ? Stop.failed(
                    .unresolved(context.configuration.component(at: url), at: place), "the name \(host) has no address",
                    expected: "an address", got: reason)
                : Stop.inconclusive(
                    .unresolved(context.configuration.component(at: url), at: place), context.notReachable(host, reason)
                )
        }
    }
}

private struct EveryAddress {
    let id: CheckID
    let service: Service
}

extension EveryAddress: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: id, title: "Every address of the \(service) host answers alike",
            intent:
                "A client gets one of the addresses by chance; one broken load balancer node is an outage for some.",
            procedure: "Resolve the name, then GET /health on each of up to 16 addresses on its own connection.",
            category: .serviceHealth, phase: .validation, severity: .high, needs: [.reach(service)],
            excludes: [.breaker], deadline: .seconds(60), risk: "A share of the requests fails.",
            remediation: Remediation(
                summary: "Compare the subnets and security groups of the load balancer's nodes.",
                command:
                    "for ip in $(dig +short HOST); do curl -sS -m 5 -o /dev/null -w \"$ip %{http_code}\\n\" --resolve HOST:443:$ip https://HOST/health; done"
            ))
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let location = try ServiceLocation.of(service, context)
        let addresses = try await location.addresses(context)
        var (answers, symptom, isOfFront) = try await ask(Array(addresses.prefix(16)), context)
        // Names under localhost stand for both loopback addresses by RFC 6761, and one is enough to be served.
        if location.host.hasSuffix("localhost"), answers.contains(where: { Int($0.text) != nil }) {
            answers.removeAll { $0.text == HTTPError.Code.connectionRefused.rawValue }
        }
        let kinds = Set(answers.map(\.text))
        let told = answers.map { "\($0.address): \($0.text)" }.joined(separator: ", ")
        guard let only = kinds.first, kinds.count == 1 else {
            return .failed(
                .deviation(isOfFront ? .balancer : .service(service), .inconsistent),
                "the addresses of \(location.host) answer differently",
                expected: "one answer", got: told)
        }
        guard Int(only) != nil else {
            return PrivateHost.isAnswerable(location.host)
                ? .failed(symptom, "no address of \(location.host) answers", expected: "an answer", got: told)
                : .inconclusive(symptom, context.notReachable(location.host, told))
        }
        return .passed("\(answers.count) address\(answers.count == 1 ? "" : "es") answer \(only)")
    }
}

private struct ServiceCertificate {
    let id: CheckID
    let service: Service
}

extension ServiceCertificate: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: id, title: "The certificate of the \(service) host is valid and stays so",
            intent: "An expired or foreign certificate turns every client away at once.",
            procedure:
                "Open a TLS connection to each address, verify chain, name and dates, count the days left (alarm below 30).",
            category: .serviceHealth, phase: .validation, severity: .critical, isCritical: true,
            needs: [.reach(service), .tls(service)], deadline: .seconds(40), risk: "Clients refuse to connect.",
            remediation: Remediation(
                summary: "Renew the certificate, or attach the one that names this host.",
                command:
                    "openssl s_client -connect HOST:443 -servername HOST </dev/null | openssl x509 -noout -dates -ext subjectAltName",
                terraform: "certificate_arn = aws_acm_certificate_validation.wildcard.certificate_arn"))
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let location = try ServiceLocation.of(service, context)
        guard location.scheme == "https" else {
            return .failed(
                .exposed(.service(service), .plainText),
                "the \(service) host is used without TLS, so keys travel in clear", expected: "https",
                got: "\(location.scheme)://\(location.host)")
        }
        context.recorder.reproduce(
            with:
                "openssl s_client -connect \"\(NetworkAddress(host: location.host, port: location.port))\" -servername \"\(location.host)\" </dev/null"
        )
        var days: [Int] = []
        for address in try await location.addresses(context).prefix(16) {
            guard let left = try await daysLeft(at: address, location, context) else { continue }
            days.append(left)
        }
        guard let least = days.min() else {
            return .inconclusive(
                .obstacle(.vantage, of: .service(service)),
                context.notReachable(location.host, "no address accepts a connection"))
        }
        let limit = Int(clamping: context.threshold("days", default: 30))
        context.recorder.measure(Metric("tls.days_left", Double(least), .days, labels: ["service": service.rawValue]))
        if let failure = CertificateJudgement.expiry(
            of: .service(service), named: location.host, in: least, limit: limit)
        {
            return failure
        }
        return .passed("valid for \(least) more days on \(days.count) addresses")
    }

    /// Nil when the address does not accept a connection.
    private func daysLeft(at address: IPAddress, _ location: ServiceLocation, _ context: CheckContext) async throws
        -> Int?
    {
        let roots = context.configuration.services.caFile
        let stream: TCPStream
        let peer: TLSPeer
        do throws(StreamError) {
            stream = try await TCPStream.connect(address: address, port: location.port, deadline: .seconds(8))
            peer = try await stream.startTLS(
                TLSConfiguration(serverName: location.host, rootCertificates: roots, verifies: false),
                deadline: .seconds(8))
        } catch {
            if error.isReachability { return nil }
            throw Stop.failed(
                .noConnection(error, to: .service(service), at: location.place),
                "the TLS handshake with \(location.host) fails", expected: "a TLS connection", got: error.description)
        }
        await stream.close()
        context.recorder.attach(
            Evidence("TLS of \(location.host) at \(address)", fileExtension: "json", text: (try? JSON.text(peer)) ?? "")
        )
        let judgement = CertificateJudgement(
            owner: location.host, component: .service(service), peer: peer, knowsAuthority: true)
        if let problem = judgement.problem() { throw Stop(problem) }
        return judgement.daysLeft(at: Date())
    }
}

private struct RedirectToTLS {
    let id: CheckID
    let service: Service
}

extension RedirectToTLS: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: id, title: "Plain HTTP of the \(service) host leads to TLS",
            intent:
                "A service that answers without TLS gets keys in clear (port 80 redirects to HTTPS with 301).",
            procedure:
                "GET http://HOST/health without following the redirect; where TLS is not on port 443, on the same port.",
            category: .serviceHealth,
            phase: .validation, severity: .medium, needs: [.reach(service), .tls(service)], deadline: .seconds(20),
            remediation: Remediation(
                summary: "Let the listener of port 80 do nothing but redirect.",
                terraform: """
                    default_action {
                      type = "redirect"
                      redirect { port = "443" protocol = "HTTPS" status_code = "HTTP_301" }
                    }
                    """))
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let location = try ServiceLocation.of(service, context)
        guard location.scheme == "https" else { return .skipped("\(location.host) is configured without TLS") }
        let port = location.port == 443 ? 80 : location.port
        let request = HTTPRequest(
            url: "http://\(NetworkAddress(host: location.host).hostInURL):\(port)/health", deadline: .seconds(10))
        let response: HTTPResponse
        do {
            response = try await context.exchange(request)
        } catch let error as HTTPError where error.code.isUnreachable {
            return .passed("port \(port) is closed: \(error.code.rawValue)")
        }
        let target = response.headers["location"] ?? ""
        guard [301, 308].contains(response.status), target.hasPrefix("https://") else {
            return .failed(
                .exposed(.service(service), .plainText),
                "port \(port) answers instead of redirecting to TLS", expected: "301 to https",
                got: "\(response.status) \(target)")
        }
        return .passed("\(response.status) to \(target)")
    }
}
