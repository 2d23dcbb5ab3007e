import Foundation
import Glibc
import Processes

/// The virtual environment with MLflow and moto.
enum PythonEnvironment {
    /// How long the script may take: it downloads some hundred megabytes when nothing is installed yet.
    private static let longestInstallation = Duration.seconds(1800)

    /// The given one, or what `ci/python-environment` of this checkout makes or finds.
    static func find(_ given: String?) async throws -> String {
        if let given = given ?? ProcessInfo.processInfo.environment["PLUMBLINE_PYTHON_ENVIRONMENT"] {
            let path = SandboxDirectory(given).path
            guard access(path + "/bin/python", X_OK) == 0 else {
                throw SandboxError.pythonEnvironment(reason: "\(path)/bin/python is not there")
            }
            return path
        }
        guard let script = script() else {
            throw SandboxError.pythonEnvironment(
                reason:
                    "ci/python-environment was found neither above this executable nor above the working directory; "
                    + "name an environment with --python-environment")
        }
        Console.say("Python environment: \(script)")
        let result = try await CommandRun.run(
            ProcessLaunch(arguments: [script], environment: ProcessInfo.processInfo.environment),
            deadline: longestInstallation, outputLimit: 64 * 1024)
        let output = result.output.text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard result.ending == .exited(0), !output.isEmpty else {
            throw SandboxError.pythonEnvironment(
                reason: "\(script) ended with \(result.ending)\n\(result.error.text)")
        }
        return output
    }

    /// The script lives in the checkout; this executable is built below it, and people run it from there.
    private static func script() -> String? {
        let executable = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        for start in [executable, FileManager.default.currentDirectoryPath].compactMap(\.self) {
            var folder = URL(filePath: start)
            while folder.path != "/" {
                let candidate = folder.appending(path: "ci/python-environment").path
                if access(candidate, X_OK) == 0 { return candidate }
                folder.deleteLastPathComponent()
            }
        }
        return nil
    }
}
