import ArgumentParser
import Foundation

struct ScenarioCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scenario",
        abstract: "Break the running stack in a known way, or make it whole again with `none`.",
        discussion: "Without a name: list every scenario with its true root cause.")

    @Argument(help: "The scenario, or `none`.")
    var name: String?

    @Option(help: ArgumentHelp("Take the scenario from a file, as `--json` prints one.", valueName: "path"))
    var file: String?

    @OptionGroup var location: DirectoryOption

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if name != nil && file != nil { throw ValidationError("give a name or --file, not both") }
    }

    func run() async throws {
        if name == nil && file == nil { return try list() }
        let directory = location.directory
        do {
            let scenario = try chosen()
            guard let state = SandboxState.load(directory) else {
                throw SandboxError.notRunning(path: directory.path)
            }
            let stage = ScenarioStage(directory: directory, state: state)
            try await SandboxLock.held(directory) {
                guard let scenario else {
                    try await stage.restore()
                    return Console.say("everything is whole again")
                }
                try await stage.apply(scenario)
                Console.say("\(scenario.name): \(scenario.summary). Root cause: \(scenario.rootCause)")
            }
        } catch let error as SandboxError {
            Console.say("\(error)")
            throw ExitCode(1)
        } catch let error as LaunchError {
            Console.say("\(error)")
            throw ExitCode(1)
        }
    }

    /// Nil for the whole stack.
    private func chosen() throws(SandboxError) -> Scenario? {
        if let file { return try .described(inFile: file) }
        return try name.flatMap { name throws(SandboxError) in
            name == AppliedScenario.none ? nil : try Scenario.named(name)
        }
    }

    private func list() throws {
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(Scenario.all), as: UTF8.self))
        } else {
            let rows = Scenario.all.map { [$0.name, $0.component, $0.rootCause] }
            print(Console.table(header: ["Scenario", "At fault", "Root cause"], rows), terminator: "")
        }
    }
}
