import Formats
import Foundation
import Secrets
import UndoLog

/// A disturbance of one proxy by Toxiproxy's HTTP API.
public struct ToxiproxyFault: FaultInjector {
    /// What is done to the connection. Durations go over the wire in whole milliseconds.
    public enum Effect: Hashable, Sendable {
        /// New connections are refused and open ones cut: the dependency is stopped.
        case down
        /// Accepts and never answers: the dependency hangs.
        case hang
        /// Every answer comes later.
        case latency(Duration, jitter: Duration)
        /// Connections lead to another address, `host:port`, in place of the one that they must lead to again.
        case redirected(String, insteadOf: String)
    }

    private let api: String
    private let proxy: String
    private let effect: Effect
    private let transport: any FaultTransport
    private let headers = ["content-type": "application/json"]

    /// - Parameter api: base URL of the HTTP API.
    public init(api: String, proxy: String, effect: Effect, transport: any FaultTransport) {
        self.api = api.hasSuffix("/") ? String(api.dropLast()) : api
        self.proxy = proxy
        self.effect = effect
        self.transport = transport
    }

    public var summary: String {
        switch effect {
        case .down: "proxy \(proxy) refuses connections"
        case .hang: "proxy \(proxy) accepts and never answers"
        case .latency(let latency, _): "proxy \(proxy) answers \(Self.milliseconds(latency)) ms late"
        case .redirected(let address, _): "proxy \(proxy) leads to \(address)"
        }
    }

    public func undoActions() async throws(FaultError) -> [UndoAction] {
        let state = try await state()
        guard state.enabled else {
            throw failure(.alreadyDisturbed, "the proxy is disabled; enable it, or run `plumbline undo`")
        }
        if let toxic = state.toxics.first {
            throw failure(
                .alreadyDisturbed, "the proxy has the toxic \(toxic.name); remove it, or run `plumbline undo`")
        }
        guard toxic != nil else {
            let body: String
            if case .redirected(_, let upstream) = effect {
                // An undo log can be written by others: it may lead back only to where the configuration says.
                guard state.upstream == upstream else {
                    throw failure(
                        .notConfigured,
                        "the proxy leads to \(state.upstream ?? "an address that it does not report"), and `faults.upstreams` says \(upstream)"
                    )
                }
                body = try Self.upstreamBody(upstream)
            } else {
                body = #"{"enabled":true}"#
            }
            return [
                .http(.init(method: "POST", url: proxyURL, headers: headers, body: body, expectedStatuses: [200]))
            ]
        }
        return [.http(.init(method: "DELETE", url: toxicURL, expectedStatuses: [200, 204, 404]))]
    }

    public func inject() async throws(FaultError) {
        if case .redirected(let address, _) = effect {
            return try await post(proxyURL, try Self.upstreamBody(address))
        }
        guard let toxic else { return try await post(proxyURL, #"{"enabled":false}"#) }
        let body: Data
        do {
            body = try JSONEncoder().encode(toxic)
        } catch {
            throw failure(.injectorFailed, "\(error)")
        }
        try await post(proxyURL + "/toxics", String(decoding: body, as: UTF8.self))
    }

    public func isInPlace() async throws(FaultError) -> Bool {
        let state = try await state()
        if case .redirected(let address, _) = effect { return state.upstream == address }
        guard let toxic else { return !state.enabled }
        return state.toxics.contains { $0.name == toxic.name }
    }

    private var proxyURL: String { "\(api)/proxies/\(proxy)" }
    private var toxicURL: String { "\(proxyURL)/toxics/\(Self.toxicName)" }
    private static let toxicName = "plumbline"

    private struct Toxic: Codable {
        var name: String
        var type: String
        var stream = "downstream"
        var toxicity = 1.0
        var attributes: [String: Int]
    }

    private struct State: Decodable {
        struct Named: Decodable { var name: String }
        var enabled: Bool
        var toxics: [Named]
        var upstream: String?
    }

    private var toxic: Toxic? {
        switch effect {
        case .down, .redirected: nil
        // A timeout of 0 keeps the connection open and passes nothing.
        case .hang: Toxic(name: Self.toxicName, type: "timeout", attributes: ["timeout": 0])
        case .latency(let latency, let jitter):
            Toxic(
                name: Self.toxicName, type: "latency",
                attributes: ["latency": Self.milliseconds(latency), "jitter": Self.milliseconds(jitter)])
        }
    }

    private static func upstreamBody(_ address: String) throws(FaultError) -> String {
        do { return try JSON.text(["upstream": JSONValue.string(address)]) } catch {
            throw FaultError(.injectorFailed, fault: "upstream \(address)", detail: "\(error)")
        }
    }

    private func state() async throws(FaultError) -> State {
        let answer = try await send("GET", proxyURL, nil)
        do {
            return try JSON.decode(State.self, from: Data(answer.utf8))
        } catch {
            throw failure(.injectorFailed, "\(proxyURL) did not answer like Toxiproxy: \(answer.excerpt(200))")
        }
    }

    private func post(_ url: String, _ body: String) async throws(FaultError) { _ = try await send("POST", url, body) }

    private func send(_ method: String, _ url: String, _ body: String?) async throws(FaultError) -> String {
        let answer: (status: Int, body: String)
        do {
            answer = try await transport.send(
                method: method, url: url, headers: headers, body: body, deadline: .seconds(5))
        } catch {
            throw failure(.injectorFailed, "\(error)")
        }
        guard (200..<300).contains(answer.status) else {
            throw failure(.injectorFailed, "\(method) \(url) answered \(answer.status): \(answer.body.excerpt(200))")
        }
        return answer.body
    }

    private func failure(_ code: FaultError.Code, _ detail: String) -> FaultError {
        FaultError(code, fault: summary, detail: detail)
    }

    private static func milliseconds(_ duration: Duration) -> Int {
        Int(duration.components.seconds) * 1000 + Int(duration.components.attoseconds / 1_000_000_000_000_000)
    }
}
