import ArgumentParser
import Formats
import Job
import PostgresClient
import Processes

@main
struct PlumblineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plumbline",
        abstract: "Tests a deployed ML platform for real and says why it fails.",
        discussion: """
            A run walks five phases (setup, core tests, validation, documentation, hand-off) and leaves one verified bundle \
            and an exit code:

              0 pass   1 internal error   2 usage, configuration or state   3 gate failed   4 warnings (--strict, or a suite failed)
              5 inconclusive or coverage under the floor   6 stopped by a safety condition, everything undone
              7 undo incomplete, a human is needed   8 damaged or forged bundle   143/130 stopped by SIGTERM/SIGINT, bundle written

            First steps:
              plumbline init                                  write a first configuration
              plumbline plan --config plumbline.yaml          what would run, and what cannot, and why
              plumbline run --config plumbline.yaml           run it; reads only, unless --allow says more
              plumbline results out/plumbline-….tar.gz        what came out
              plumbline report out/plumbline-….tar.gz         the same as a page to look at
            """,
        version: RunIdentity.version,
        subcommands: [
            RunCommand.self, SubmitCommand.self, AttachCommand.self, PlanCommand.self, ChecksCommand.self,
            ResultsCommand.self, ExplainCommand.self,
            ReportCommand.self, DiffCommand.self, RenderCommand.self, VerifyCommand.self, PublishCommand.self,
            UndoCommand.self, LoadCommand.self, InitCommand.self, ConfigCommand.self,
            PolicyCommand.self, SchemaCommand.self, ManualCommand.self,
        ])

    /// The parser would only say that an argument is not expected.
    private static func refuseUnknownCommand(_ name: String?) throws {
        guard let name, !name.hasPrefix("-") else { return }
        let names = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
        guard !names.contains(name) else { return }
        let nearest = name.nearest(in: names).map { "; did you mean ‘\($0)’?" } ?? "."
        throw CommandFailure.usage("there is no command ‘\(name)’\(nearest) `plumbline --help` lists them")
    }

    /// Errors of ours print as one message and end with the exit code that belongs to them.
    static func main() async {
        Allocations.fitAddressSpace()
        StandardStreams.secure()
        FatalSignals.explain()
        LaunchEnvironment.withdraw(where: PostgresEnvironment.owns)
        do {
            let arguments = Array(CommandLine.arguments.dropFirst())
            if arguments == ["--version"] {
                // The same text as in every report: the version and the digest of this very program.
                StandardOutput.write("\(RunIdentity(environment: [:]).build)\n")
                return
            }
            try refuseUnknownCommand(arguments.first)
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let error as any Explained {
            StandardError.write("plumbline: \(error.explanation)\n")
            exit(withError: ExitCode(error.exitCode))
        } catch {
            if let wrapped = CommandFailure(error) {
                StandardError.write("plumbline: \(wrapped.explanation)\n")
                exit(withError: ExitCode(wrapped.exitCode))
            }
            if exitCode(for: error) == .validationFailure {
                StandardError.write("\(fullMessage(for: error))\n")
                exit(withError: ExitCode(2))
            }
            exit(withError: error)
        }
    }
}
