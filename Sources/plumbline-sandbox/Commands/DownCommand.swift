import ArgumentParser

struct DownCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down",
        abstract: "End everything the sandbox started, also after a crash, and remove all but its logs.")

    @OptionGroup var location: DirectoryOption

    func run() async throws {
        let directory = location.directory
        let sandbox = RunningSandbox(directory: directory)
        do {
            try await SandboxLock.held(directory) {
                let count = sandbox.ledger.running().count
                let begin = ContinuousClock.now
                try await sandbox.stop()
                let time = Console.seconds(ContinuousClock.now - begin)
                Console.say(count == 0 ? "nothing ran in \(directory.path)" : "\(count) processes ended in \(time)")
            }
        } catch let error as SandboxError {
            Console.say("\(error)")
            throw ExitCode(1)
        } catch let error as LaunchError {
            Console.say("\(error)")
            throw ExitCode(1)
        }
    }
}
