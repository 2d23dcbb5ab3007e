import ArgumentParser
import ArtifactBundle
import Formats
import Foundation
import Job
import Processes
import Reports
import Secrets
import Settings
import Submission
import UndoLog

#if canImport(Glibc)
    import Glibc
#endif

/// An error that knows how to say what happened and with which exit code to end.
protocol Explained: Error {
    var explanation: String { get }
    var exitCode: Int32 { get }
}

/// An error of a lower floor with the exit code that belongs to it.
struct CommandFailure: Explained {
    let explanation: String
    let exitCode: Int32

    /// Usage, configuration and state: the caller can fix it.
    static func usage(_ explanation: String) -> CommandFailure { CommandFailure(explanation: explanation, exitCode: 2) }

    /// A bundle that is damaged, or asks more of its reader than it gives.
    static func unsoundBundle(_ explanation: String) -> CommandFailure {
        CommandFailure(explanation: explanation, exitCode: 8)
    }

    /// A submission that has no result.
    ///
    /// - Parameter stopped: by whoever waited for it.
    static func withoutResult(_ explanation: String, stopped: Bool) -> CommandFailure {
        CommandFailure(
            explanation: explanation, exitCode: Submission.exitCodeWithoutResult(isStopped: stopped))
    }

    /// Something that could not be published.
    static func unpublished(_ explanation: String) -> CommandFailure {
        CommandFailure(explanation: explanation, exitCode: 5)
    }

    private init(explanation: String, exitCode: Int32) {
        self.explanation = explanation
        self.exitCode = exitCode
    }

    func naming(_ place: String, insteadOf path: String) -> CommandFailure {
        CommandFailure(explanation: explanation.replacing(path, with: place), exitCode: exitCode)
    }

    /// Nil for what the argument parser itself knows how to print.
    init?(_ error: any Error) {
        switch error {
        case let error as ConfigurationError:
            explanation =
                "the configuration is not usable:\n" + error.problems.map { "  \($0)" }.joined(separator: "\n")
            exitCode = 2
        case JournalError.unwritable:
            explanation = "\(error)"
            exitCode = 1
        case let error as UndoLogError where error.code == .damaged:
            explanation = "\(error)"
            exitCode = 7
        case is StateError, is JournalError, is UndoLogError, is BaselineError, is TemplateError, is RunSourceError:
            explanation = "\(error)"
            exitCode = 2
        case is BundleError, is BundleLeak:
            explanation = "\(error)"
            exitCode = 1
        case is ExitCode, is ValidationError, is CleanExit: return nil
        case let error where type(of: error) == CommandFailure.self: return nil
        default:
            // The parser's own errors have types that it does not make public.
            guard PlumblineCommand.exitCode(for: error) == .failure else { return nil }
            explanation = "\(error)"
            exitCode = 1
        }
    }
}

/// Writing to stderr without buffering. When nobody reads it any more, the run goes on without.
enum StandardError {
    /// Writes lines that may hold anything: nothing in them steers a terminal.
    static func write(_ text: RedactedText) { steer(text.formatted(TerminalText.safeLines)) }

    /// Writes control sequences of our own as they are, and what stands between them.
    static func steer(_ text: RedactedText) { try? FileHandle.standardError.write(contentsOf: Data(text.text.utf8)) }
}

/// Writing to stdout; data goes here and nothing else. A reader that has seen enough (`| head`) is no error.
enum StandardOutput {
    /// Writes lines that may hold anything: nothing in them steers a terminal.
    static func write(_ text: RedactedText) { write(all: text.formatted(TerminalText.safeLines)) }

    /// Writes control sequences of our own as they are, and what stands between them, which the caller has made harmless.
    static func steer(_ text: RedactedText) { write(all: text) }

    /// Indented JSON; each text in it passes the redactor by itself, and what could steer a terminal is escaped.
    static func write(json value: some Encodable) throws {
        let json = Redactor.current.redact(json: [UInt8](try JSON.prettyData(value)), for: .data)
        write(all: json.text.formatted(TerminalText.safeJSON))
    }

    /// Writes a line that must not be masked: a secret that somebody asked for by name.
    static func write(deliberately line: String) {
        try? FileHandle.standardOutput.write(contentsOf: Data((TerminalText.safe(line) + "\n").utf8))
    }

    private static func write(all text: RedactedText) {
        try? FileHandle.standardOutput.write(contentsOf: Data(text.text.utf8))
    }
}

/// The three descriptors that every program expects to have.
enum StandardStreams {
    /// Opens those that are closed on nothing, so that no file of ours gets their numbers and somebody's message, and lets a
    /// write to a pipe that nobody reads fail instead of ending the process.
    static func secure() {
        var descriptor = open("/dev/null", O_RDWR)
        while descriptor >= 0, descriptor <= STDERR_FILENO { descriptor = open("/dev/null", O_RDWR) }
        if descriptor > STDERR_FILENO { close(descriptor) }
        signal(SIGPIPE, SIG_IGN)
        MemorySecrecy.enforce()
        // Also those that libraries must not see any more.
        Redactor.process.learn(EnvironmentSecrets.all(in: LaunchEnvironment.variables))
    }
}
