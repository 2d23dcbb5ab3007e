import Foundation
import TestSupport
import Testing

/// The whole job against a handful of hostile targets, files and limits; `ci/hostile-modes` runs all of them.
@Suite struct HostileModesTests {
    @Test("the job judges hostile targets in bounded memory, and shows nothing of theirs that steers a terminal")
    func quick() async throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../ci/hostile-modes")
            .standardized
        let plumbline = try LocalStack.executable("plumbline")
        let table = try await withCheckedThrowingContinuation { continuation in
            // A thread of its own: waiting for a process would block one of the few threads of the pool.
            Thread.detachNewThread {
                continuation.resume(
                    with: Result { try ServerProcess.run(["env", "PLUMBLINE=\(plumbline)", script.path, "--quick"]) })
            }
        }
        #expect(table.contains(", 0 not as they should be"), "\(table)")
    }
}
