import Formats
import HTTPClient
import RunModel
import Sockets

extension CheckContext {
    /// Sends a request like ``exchange(_:)`` and measures its phases. When nothing answers, says so as what it is: a failure
    /// of a service that this vantage point must reach, or no verdict on one that only the inside of the network reaches.
    package func ask(_ request: HTTPRequest, measuredAs endpoint: String? = nil) async throws -> HTTPResponse {
        do {
            let response = try await exchange(request)
            if let endpoint { measure(response.timing, endpoint: endpoint) }
            return response
        } catch let error as HTTPError where error.code != .cancelled {
            throw Stop(outcome(of: error, host: Self.host(of: request.url)))
        }
    }

    /// How a missing answer ends a check.
    package func outcome(of error: HTTPError, host: String) -> Outcome {
        if error.code.isUnreachable, !PrivateHost.isAnswerable(host) {
            return .inconclusive(symptom(of: error), notReachable(host, error.description))
        }
        if error.code.isTimeout {
            return .failed(
                symptom(of: error),
                "\(host) does not answer in time", expected: "an answer", got: error.description)
        }
        if error.code.isCertificate {
            return .failed(
                symptom(of: error),
                "\(host) shows a certificate that clients refuse", expected: "a certificate that is valid for the name",
                got: error.description)
        }
        return .failed(symptom(of: error), "nothing answers at \(host)", expected: "an answer", got: error.description)
    }

    /// The sentence for a service inside the network.
    package func notReachable(_ host: String, _ reason: String) -> String {
        "\(host) cannot be reached from here (\(services.vantage)): \(reason). That says nothing about its health; run from inside the network"
    }

    private func measure(_ timing: HTTPTiming, endpoint: String) {
        let phases = [
            ("dns", timing.dns), ("connect", timing.connect), ("tls", timing.tls), ("first_byte", timing.firstByte),
            ("total", timing.total),
        ]
        for (phase, duration) in phases {
            let labels = ["endpoint": endpoint, "phase": phase]
            recorder.measure(Metric("http.time", duration.milliseconds, .milliseconds, labels: labels))
        }
    }

    package static func host(of url: String) -> String {
        guard let start = url.range(of: "://")?.upperBound else { return url }
        let authority = url[start...].prefix { $0 != "/" && $0 != "?" }
        let place = authority.split(separator: "@").last ?? authority
        if place.hasPrefix("[") { return String(place.dropFirst().prefix { $0 != "]" }) }
        return String(place.prefix { $0 != ":" })
    }

    /// The header that presents a key the usual way.
    package static func bearer(_ key: String) -> HTTPHeader { HTTPHeader("Authorization", "Bearer \(key)") }
}

/// Which hosts only the inside of a network reaches (contract §12.6).
package enum PrivateHost {
    /// Whether silence of this host is a failure: it is on this machine or on the public Internet.
    package static func isAnswerable(_ host: String) -> Bool {
        let name = host.lowercased()
        if name == "localhost" || name.hasSuffix(".localhost") { return true }
        if let address = IPAddress(name) { return isLoopback(address) || !isPrivate(address) }
        return ![".local", ".internal", ".rds.amazonaws.com", ".cache.amazonaws.com"].contains { name.hasSuffix($0) }
    }

    private static func isLoopback(_ address: IPAddress) -> Bool {
        address.text.hasPrefix("127.") || address.text == "::1"
    }

    /// RFC 1918, RFC 4193 and link-local addresses.
    private static func isPrivate(_ address: IPAddress) -> Bool {
        let text = address.text.lowercased()
        if address.isIPv6 { return text.hasPrefix("fc") || text.hasPrefix("fd") || text.hasPrefix("fe80") }
        let parts = text.split(separator: ".").compactMap { Int($0) }
        guard parts.count == 4 else { return false }
        return parts[0] == 10 || (parts[0] == 172 && (16...31).contains(parts[1]))
            || (parts[0] == 192 && parts[1] == 168)
            || (parts[0] == 169 && parts[1] == 254)
    }
}
