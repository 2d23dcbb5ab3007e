import Foundation

/// A script run by bash, as somebody runs it who has unpacked a bundle.
public enum ShellScript {
    /// Where a program is, of those on the path; the AWS command line also in the environment that `ci/python-environment aws` makes.
    public static func directory(of program: String) throws -> String {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        for directory in path.split(separator: ":").map(String.init)
        where FileManager.default.isExecutableFile(atPath: "\(directory)/\(program)") {
            return directory
        }
        throw TestServerError(
            "\(program) is missing: see ci/install, and ci/python-environment aws for the AWS command line")
    }

    /// The exit code of a script and what it printed.
    ///
    /// - Parameter environment: variables besides the path.
    public static func run(_ text: String, environment: [String: String] = [:]) throws -> (code: Int32, output: String)
    {
        let directory = FileManager.default.temporaryDirectory.appending(path: "plumbline-script-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let file = directory.appending(path: "script.sh")
        try Data(text.utf8).write(to: file)
        let output = directory.appending(path: "output")
        try Data().write(to: output)
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = [file.path]
        process.environment = environment.merging(
            ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"]) { own, _ in own }
        let handle = try FileHandle(forWritingTo: output)
        process.standardOutput = handle
        process.standardError = handle
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: try Data(contentsOf: output), as: UTF8.self))
    }
}
