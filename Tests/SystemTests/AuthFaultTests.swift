import RunModel
import TestSupport
import Testing

/// The faults of the auth service on the local stack: each is made for real, felt by the API, and undone.
@Suite(.serialized) struct AuthFaultTests {
    @Test func `each failure of the auth service is answered as promised, and what the API remembers is measured`()
        async throws
    {
        let stack = try await LocalStack.shared()
        let run = try await ValidationRun.perform(
            configuration: stack.configuration, only: ["SD-01", "SH-61", "AU-6*"], allow: "faults")
        for (id, word) in [
            ("AU-60", "429"), ("AU-61", "503"), ("AU-62", "503"), ("AU-63", "503"),
            ("AU-64", "without the auth service"),
        ] as [(CheckID, String)] {
            #expect(run.results[id]?.status == .passed, "\(run.told(id))")
            #expect(run.told(id).contains(word), "\(run.told(id))")
        }
    }
}
