import Foundation
import Glibc
import RunModel
import Settings

/// Asks a person for the platform's key when it is missing and checks of the run need it.
enum KeyPrompt {
    /// The variable to ask for; nil when no check waits for the key ‘api’ or it does not come from a variable.
    static func missingVariable(_ configuration: Configuration, _ plan: Plan) -> String? {
        guard let key = configuration.keys["api"], !key.isResolved, case .environment(let name) = key.source else {
            return nil
        }
        let waiting = plan.entries.contains { entry in
            guard case .skip = entry.decision else { return false }
            return entry.descriptor.needs.contains(.key(.api))
        }
        return waiting ? name : nil
    }

    /// Asks on the terminal, without showing what is typed.
    ///
    /// - Returns: nil when there is no terminal on both sides, a pipeline runs us, or nothing was typed.
    /// - Throws: ``CommandFailure`` when the question is answered with control-C.
    static func ask(for variable: String, environment: [String: String]) throws(CommandFailure) -> String? {
        guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1, environment["CI"] == nil else { return nil }
        var original = termios()
        guard tcgetattr(STDIN_FILENO, &original) == 0 else { return nil }
        var silent = original
        // Control-C comes as a character, so that the terminal is never left silent.
        silent.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
        guard tcsetattr(STDIN_FILENO, TCSADRAIN, &silent) == 0 else { return nil }
        defer { tcsetattr(STDIN_FILENO, TCSADRAIN, &original) }
        StandardError.write("\(variable) is not set. The key (empty skips the checks that need it): ")
        defer { StandardError.write("\n") }
        return try readLine()
    }

    private static func readLine() throws(CommandFailure) -> String? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while line.count < 4096, read(STDIN_FILENO, &byte, 1) == 1 {
            switch byte {
            case 0x0A, 0x0D, 0x04: return text(line)
            case 0x03: throw .usage("stopped while asking for the key")
            case 0x08, 0x7F: _ = line.popLast()
            default: line.append(byte)
            }
        }
        return text(line)
    }

    private static func text(_ line: [UInt8]) -> String? {
        let text = String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespaces)
        return text.isEmpty ? nil : text
    }
}
