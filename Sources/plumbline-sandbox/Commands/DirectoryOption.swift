import ArgumentParser

/// The option that every command has.
struct DirectoryOption: ParsableArguments {
    @Option(name: .customLong("dir"), help: "The directory that holds everything the sandbox has.")
    var path = "out/sandbox"

    var directory: SandboxDirectory { SandboxDirectory(path) }
}
