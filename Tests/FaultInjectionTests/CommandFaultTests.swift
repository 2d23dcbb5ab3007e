import FaultInjection
import Testing

/// Commands that switch a fault on: what they end with decides, and a failure says what they said.
@Suite struct CommandFaultTests {
    private static func failure(_ fault: CommandFault) async -> FaultError? {
        do {
            try await fault.inject()
            return nil
        } catch {
            return error
        }
    }

    @Test("a command that ends with a status fails with its words") func status() async {
        let fault = CommandFault(name: "memory", start: ["sh", "-c", "echo no room >&2; exit 3"], stop: ["true"])
        let error = await Self.failure(fault)
        #expect(error?.code == .injectorFailed)
        #expect(error?.description.contains("no room") == true)
        #expect(error?.fault == "memory")
    }

    @Test("a command that is not there fails") func missing() async {
        let error = await Self.failure(CommandFault(name: "x", start: ["/no/such/program"], stop: ["true"]))
        #expect(error?.code == .injectorFailed)
    }

    @Test("the probe decides whether it is in place; without one the start is believed") func probe() async throws {
        func isInPlace(_ probe: [String]?) async throws -> Bool {
            try await CommandFault(name: "x", start: ["true"], stop: ["true"], probe: probe).isInPlace()
        }
        #expect(try await isInPlace(["true"]))
        #expect(try await !isInPlace(["false"]))
        #expect(try await isInPlace(nil))
    }
}
