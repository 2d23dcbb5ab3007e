import ArgumentParser
import Foundation
import Glibc

struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up", abstract: "Start the stack and wait until every part is healthy.")

    @OptionGroup var location: DirectoryOption

    @Option(help: "How the services behave: B (current), fixed (as it was meant), M, A.")
    var profile = "B"

    @Option(help: "Single defects to switch on, separated by commas.")
    var defects = ""

    @Option(help: "Failures after which the API's breaker opens.")
    var breakerThreshold = 5

    @Option(help: "Seconds until the API's breaker tries again.")
    var breakerRecovery = 2

    @Option(
        help:
            "Seconds between the attempts of a failing probe of MLflow or the database. The deployment waits 1 s and 2 s; dozens of probes make that minutes."
    )
    var probePause = 0.1

    @Option(
        help:
            "Seconds that the API waits for one answer of MLflow, the database and the auth service. By default it is its own 5, 10 and 5 seconds, which a hung dependency makes a minute of."
    )
    var probeLimit: Double?

    @Option(help: "Seconds the API remembers a key's verdict. The deployment remembers it for 60 or 300.")
    var keyCache = 5

    @Flag(
        help:
            "Serve the load balancer, PostgreSQL and Redis with certificates of an authority made for this stack. `scenario` puts faulty ones in force."
    )
    var tls = false

    @Flag(help: "Name example suites in the configuration that show each way in which a suite can end.")
    var suites = false

    @Option(help: "The Python environment with MLflow and moto; made by ci/python-environment when absent.")
    var pythonEnvironment: String?

    @Flag(help: "Stay attached, and take the stack down at SIGINT or SIGTERM.")
    var foreground = false

    @Flag(help: "Print the content of sandbox.json instead of the table.")
    var json = false

    func validate() throws {
        guard ["A", "M", "B", "fixed"].contains(profile) else {
            throw ValidationError("--profile is '\(profile)', expected A, M, B or fixed")
        }
        guard breakerThreshold >= 0, breakerRecovery >= 0 else {
            throw ValidationError("--breaker-threshold and --breaker-recovery must not be negative")
        }
        if keyCache < 1 { throw ValidationError("--key-cache takes at least 1 second, got \(keyCache)") }
        if !(0...60).contains(probePause) {
            throw ValidationError("--probe-pause takes 0 to 60 seconds, got \(probePause)")
        }
        if let probeLimit, !(0.1...60).contains(probeLimit) {
            throw ValidationError("--probe-limit takes 0.1 to 60 seconds, got \(probeLimit)")
        }
    }

    func run() async throws {
        let sandbox = RunningSandbox(directory: location.directory)
        do {
            try await TerminationSignals.cancelling { try await up(sandbox) }
        } catch SandboxError.interrupted(let signal) {
            Console.say("stopped by signal \(signal); everything was taken down")
            throw ExitCode(128 + signal)
        } catch let error as SandboxError {
            Console.say("\(error)")
            throw ExitCode(1)
        } catch let error as LaunchError {
            Console.say("\(error)")
            throw ExitCode(1)
        }
    }

    private func up(_ sandbox: RunningSandbox) async throws {
        let state = try await SandboxLock.held(sandbox.directory) { try await startOrFind(sandbox) }
        if json {
            print(try state.json(), terminator: "")
        } else {
            print(Console.table(state, sandbox.ledger), terminator: "")
        }
        guard foreground else { return }
        Console.say("attached; Ctrl-C takes the stack down")
        while !Task.isCancelled, sandbox.condition() == .running { try? await Task.sleep(for: .seconds(1)) }
        try await Task.detached { try await sandbox.stop() }.value
    }

    private func startOrFind(_ sandbox: RunningSandbox) async throws -> SandboxState {
        switch sandbox.condition() {
        case .running:
            if let state = SandboxState.load(sandbox.directory) {
                Console.say("already running in \(sandbox.directory.path) with profile \(state.options.profile)")
                return state
            }
        case .broken(let missing):
            let what = missing.isEmpty ? "an unfinished start" : "a stack without \(missing.joined(separator: ", "))"
            Console.say("found \(what) in \(sandbox.directory.path); taking it down first")
            try await sandbox.stop()
        case .absent: break
        }
        let options = StackOptions(
            profile: profile, defects: defects.split(separator: ",").map(String.init),
            breakerThreshold: breakerThreshold, breakerRecoverySeconds: breakerRecovery,
            probePauseSeconds: probePause, probeLimitSeconds: probeLimit, hasSuites: suites, hasTLS: tls,
            keyCacheSeconds: keyCache)
        let python = try await PythonEnvironment.find(pythonEnvironment)
        let begin = ContinuousClock.now
        let state = try await sandbox.start(options, python: python) { title, elapsed in
            Console.say("\(Console.seconds(elapsed))  \(title) is up")
        }
        Console.say("the stack is up after \(Console.seconds(ContinuousClock.now - begin))")
        return state
    }
}
