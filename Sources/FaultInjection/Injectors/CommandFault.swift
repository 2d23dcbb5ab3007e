import Processes
import Secrets
import UndoLog

/// A fault that a command switches on and another switches off.
public struct CommandFault: FaultInjector {
    private let name: String
    private let start: [String]
    private let stop: [String]
    private let probe: [String]?
    private let environment: [String: String]
    private let deadline: Duration

    /// - Parameters:
    ///   - start: switches the fault on; status 0 means done.
    ///   - stop: switches it off, and does no harm when it is off.
    ///   - probe: ends with status 0 while the fault is on; without it the start's status is believed.
    ///   - environment: variables of the commands, beside those that every command gets.
    public init(
        name: String, start: [String], stop: [String], probe: [String]? = nil, environment: [String: String] = [:],
        deadline: Duration = .seconds(20)
    ) {
        self.environment = environment
        self.name = name
        self.start = start
        self.stop = stop
        self.probe = probe
        self.deadline = deadline
    }

    public var summary: String { name }

    public func undoActions() async throws(FaultError) -> [UndoAction] {
        [.command(.init(arguments: stop, deadline: deadline))]
    }

    public func inject() async throws(FaultError) {
        let result = try await run(start)
        guard result.ending == .exited(0) else {
            throw FaultError(
                .injectorFailed, fault: name,
                detail: "‘\(start.joined(separator: " "))’ \(result.ending): \(result.error.text.excerptOfEnd(300))")
        }
    }

    public func isInPlace() async throws(FaultError) -> Bool {
        guard let probe else { return true }
        return try await run(probe).ending == .exited(0)
    }

    private func run(_ arguments: [String]) async throws(FaultError) -> CommandRun.Result {
        do {
            return try await CommandRun.run(
                ProcessLaunch(
                    arguments: arguments,
                    environment: CleanEnvironment.variables().merging(environment) { _, new in new }),
                deadline: deadline, outputLimit: 16_384)
        } catch {
            throw FaultError(.injectorFailed, fault: name, detail: "\(error)")
        }
    }
}
