import RunModel
import TestSupport
import Testing

@testable import ValidationChecks

/// What stands behind the name of a service: its addresses, and its port without TLS.
@Suite struct ServiceHostTests {
    private static func configuration(_ url: String) -> String {
        "services: { api: \"\(url)\", registry: \"\(url)\", auth: \"\(url)\" }\n"
    }

    @Test("addresses that answer differently fail", arguments: ["SH-32", "SH-33", "SH-34"] as [CheckID])
    func addresses(id: CheckID) async throws {
        let first = try LoopbackHTTPServer { _ in .json("{}") }
        // A name under localhost stands for 127.0.0.1 and ::1.
        let configuration = Self.configuration("http://platform.localhost:\(first.port)")
        let one = try await CheckOnLoopback.run(id, configuration: configuration)
        #expect(one.status == .passed, "\(one.told)")
        let second = try LoopbackHTTPServer(isIPv6: true, port: first.port) { _ in .json("{}", status: 503) }
        let both = try await CheckOnLoopback.run(id, configuration: configuration)
        #expect(both.status == .failed, "\(both.told)")
        second.stop()
    }

    @Test(
        "a port that answers without TLS fails, one that leads to TLS passes",
        arguments: ["SH-45", "SH-46", "SH-47"] as [CheckID])
    func plainHTTP(id: CheckID) async throws {
        let plain = try LoopbackHTTPServer { _ in .json(#"{"status":"healthy"}"#) }
        let open = try await CheckOnLoopback.run(
            id, configuration: Self.configuration("https://localhost:\(plain.port)"))
        #expect(open.status == .failed, "\(open.told)")
        let redirecting = try LoopbackHTTPServer { _ in
            .response(301, headers: [("Location", "https://localhost/health")])
        }
        let closed = try await CheckOnLoopback.run(
            id, configuration: Self.configuration("https://localhost:\(redirecting.port)"))
        #expect(closed.status == .passed, "\(closed.told)")
    }

    @Test("AU-53: a refusal that takes longer for a key of the right form fails") func timing() async throws {
        let refusal = #"{"detail":"\#(KeyPresentation.Text.invalid.rawValue)"}"#
        let uneven = try await CheckOnLoopback.run("AU-53") { request in
            let isRightForm = request.header("Authorization")?.contains("hk_live_") == true
            return .json(refusal, status: 401, after: isRightForm ? .milliseconds(250) : .zero)
        }
        #expect(uneven.status == .failed, "\(uneven.told)")
    }
}
