import Foundation
import Glibc
import Subprocess

/// The virtual environment with MLflow and moto.
enum PythonEnvironment {
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
        let result = try await Subprocess.run(
            .path(.init(script)), output: .string(limit: 4096), error: .string(limit: 64 * 1024))
        let output = result.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
        guard result.terminationStatus.isSuccess, !output.isEmpty else {
            throw SandboxError.pythonEnvironment(
                reason: "\(script) ended with \(result.terminationStatus)\n\(result.standardError)")
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
