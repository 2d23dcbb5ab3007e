import ArgumentParser

@main
struct Sandbox: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plumbline-sandbox",
        abstract: "The local stack: a small copy of the deployment, with real parts, on loopback.",
        subcommands: [
            UpCommand.self, DownCommand.self, StatusCommand.self, ScenarioCommand.self, FaultProxyCommand.self,
            ServeAPI.self, ServeAuth.self, ServeGateway.self, MemoryPressureCommand.self, HoldMemory.self,
        ])
}
