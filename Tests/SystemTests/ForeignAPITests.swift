import Foundation
import TestSupport
import Testing

/// The built job against an API and an auth service in another language and framework, which share no code with the local
/// stack's own: `ci/foreign-api` with a bounded selection. The whole of it is that script without options.
@Suite(.serialized) struct ForeignAPITests {
    private static let script = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "../../ci/foreign-api"
    )
    .standardizedFileURL.path

    /// IPv6 only, HTTP/1.0 and chunks, odd JSON, no psutil, no administration, no balancer, all at once.
    @Test
    func `an implementation that is as unlike ours as the contract allows is recognised, and nothing fails falsely`()
        async throws
    {
        let stack = try await LocalStack.shared()
        let programs = URL(filePath: try LocalStack.executable("plumbline")).deletingLastPathComponent().path
        let areas = ["SD-*", "SH-*", "HE-*", "CB-*", "AU-*", "ML-*", "RG-*", "DB-*", "RD-*"]
        let words = [
            Self.script, "--stack", stack.directory.path, "--profile", stack.profile, "--allow", "writes", "--",
        ]
        // The script ends with another status than 0 when there is a false failure, and says which.
        let told = try await PythonEnvironment.find().run(
            // The upload of 64 MiB is a matter of the machine's speed, and takes half a minute on a busy one.
            words + areas.flatMap { ["--only", $0] } + ["--skip", "ML-42"],
            environment: ["PLUMBLINE_BIN": programs, "FOREIGN_SLOW_START": "2"])
        let text = String(decoding: told, as: UTF8.self)
        #expect(text.hasPrefix("B-all: "))
        #expect(text.contains(" 0 false"))
    }
}
