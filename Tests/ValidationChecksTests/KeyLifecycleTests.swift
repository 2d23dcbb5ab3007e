import RunModel
import TestSupport
import Testing

@testable import ValidationChecks

/// A key of the auth service that a test makes, uses up and takes away.
@Suite struct KeyLifecycleTests {
    /// An auth service and an API that never let go of a key.
    private static func careless(_ request: LoopbackHTTPServer.Request) -> LoopbackHTTPServer.Reply {
        switch (request.method, request.path) {
        case ("POST", "/api/v1/keys"): .json(#"{"api_key":"hk_test_fake_temporary_0001","key_id":"k1"}"#, status: 201)
        case ("DELETE", _): .response(204)
        default: .json(#"{"valid":true,"is_valid":true,"key_id":"k1","experiments":[]}"#)
        }
    }

    @Test(
        "AU-56, AU-57: a key that works after its revocation fails, and so does a limit that never comes",
        arguments: ["AU-56", "AU-57"] as [CheckID])
    func careless(id: CheckID) async throws {
        let result = try await CheckOnLoopback.run(id) { Self.careless($0) }
        #expect(result.status == .failed, "\(result.told)")
    }

    @Test("AU-56: an API that goes on taking a revoked key fails after its time") func cached() async throws {
        let result = try await CheckOnLoopback.run("AU-56", further: "thresholds: { AU-56.seconds: 0 }") { request in
            request.path.hasSuffix("/validate")
                ? .json(#"{"detail":"Invalid or expired API key"}"#, status: 401) : Self.careless(request)
        }
        #expect(result.status == .failed, "\(result.told)")
        #expect(result.told.contains("a revoked key still works"), "\(result.told)")
    }

    @Test("AU-56: a key without an answer that holds it fails") func shapeless() async throws {
        let result = try await CheckOnLoopback.run("AU-56") { _ in .json("{}", status: 201) }
        #expect(result.status == .failed, "\(result.told)")
    }
}
