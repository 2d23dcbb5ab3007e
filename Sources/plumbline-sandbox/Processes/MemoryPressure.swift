import Formats
import Foundation

/// A process of the stack that holds memory, so that less is left for the services.
struct MemoryPressure: Sendable {
    private static let name = "memory-pressure"
    /// The most that is taken of what is available: the machine must not begin to swap or to kill.
    private static let largestShare = 0.5
    private static let patience = Duration.seconds(15)

    let directory: SandboxDirectory
    let bytes: UInt64

    private var ledger: ProcessLedger { ProcessLedger(directory: directory) }

    /// Whether the whole amount is held.
    var isOn: Bool { ledger.residentBytes(of: Self.name) >= bytes }

    /// Starts to hold the memory, and returns when all of it is held.
    ///
    /// - Parameter lease: seconds after which the process ends by itself.
    func start(lease: Int) async throws {
        guard SandboxState.load(directory) != nil else { throw SandboxError.notRunning(path: directory.path) }
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let available = SystemUsage.availableBytes
        guard Double(bytes) <= available * Self.largestShare else {
            throw LaunchError(
                description:
                    "\(bytes >> 20) MB are more than half of the \((available / 1_048_576).wholeText) MB available")
        }
        try await stop()
        let environment = ProcessInfo.processInfo.environment.filter { $0.key == "PATH" }
        _ = try Launch(
            name: Self.name,
            command: [program, "hold-memory", "--megabytes", "\(bytes >> 20)", "--lease", "\(lease)"],
            environment: environment
        ).start(in: directory)
        let until = ContinuousClock.now + Self.patience
        while !isOn {
            guard ContinuousClock.now < until else {
                try await stop()
                throw LaunchError(description: "the memory was not filled within \(Self.patience)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Gives the memory back; harmless when none is held.
    func stop() async throws(LaunchError) { try await ledger.stop(Self.name) }
}
