import Formats
import HTTPClient
import RunModel

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

    /// Says what keeps the promise that the last exchange was about, so that anyone tells by the same request whether it is kept.
    ///
    /// - Parameters:
    ///   - statuses: any of them is promised.
    ///   - texts: what a promised answer holds besides.
    package func promised(
        _ statuses: some Sequence<Int>, holding texts: [String] = [], answered response: HTTPResponse
    ) {
        recorder.judge(
            fault: [.exit(Verification.answers)],
            repaired: [.status(statuses.sorted())] + texts.map { .contains($0) })
        recorder.blameLastExchange(response)
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
        NetworkAddress(url)?.host ?? url
    }

    /// The header that presents a key the usual way.
    package static func bearer(_ key: String) -> HTTPHeader { HTTPHeader("Authorization", "Bearer \(key)") }
}

/// Which hosts only the inside of a network reaches (contract §12.6).
package enum PrivateHost {
    /// Whether silence of this host is a failure: it is on this machine or on the public Internet.
    package static func isAnswerable(_ host: String) -> Bool {
        if isThisMachine(host) { return true }
        let name = host.lowercased()
        if let address = IPAddress(name) { return !address.isPrivate }
        return ![".local", ".internal", ".rds.amazonaws.com", ".cache.amazonaws.com"].contains { name.hasSuffix($0) }
    }

    /// Whether a host is this machine, so that nothing said to it crosses a network: a loopback address, a name under
    /// `localhost` (RFC 6761), or the directory of a Unix socket.
    package static func isThisMachine(_ host: String) -> Bool {
        let name = host.lowercased()
        return name == "localhost" || name.hasSuffix(".localhost") || name.hasPrefix("/")
            || IPAddress(name)?.isThisMachine == true
    }
}
