import CSpawn
import Foundation
import Glibc

/// How to start a child process: always in a session and process group of its own, with no inherited descriptors.
public struct ProcessLaunch: Hashable, Sendable {
    public var arguments: [String]
    /// The whole environment of the child; ``CleanEnvironment`` unless something is added to it.
    public var environment: [String: String]
    var workingDirectory: String?

    public init(
        arguments: [String], environment: [String: String] = CleanEnvironment.variables(),
        workingDirectory: String? = nil
    ) {
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
    }

    /// Starts it.
    ///
    /// - Parameters: descriptors that become its standard input, output and error.
    /// - Returns: its number, which is also that of its process group.
    package func spawn(input: Int32, output: Int32, error: Int32) throws(ProcessError) -> Int32 {
        guard let program = arguments.first, !program.isEmpty else {
            throw ProcessError(.notStarted, program: "", detail: "the command line is empty")
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, error, 2)
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        if let workingDirectory { posix_spawn_file_actions_addchdir_np(&actions, workingDirectory) }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var noSignals = sigset_t()
        var defaultSignals = sigset_t()
        sigemptyset(&noSignals)
        sigemptyset(&defaultSignals)
        for signal in [SIGPIPE, SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGCHLD] { sigaddset(&defaultSignals, signal) }
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        posix_spawnattr_setsigdefault(&attributes, &defaultSignals)
        posix_spawnattr_setflags(
            &attributes, plumbline_spawn_session | Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var pid: pid_t = 0
        let words = CStringArray(arguments)
        let variables = CStringArray(environment.map { "\($0.key)=\($0.value)" })
        let status = posix_spawnp(&pid, program, &actions, &attributes, words.pointers, variables.pointers)
        guard status == 0 else {
            let code: ProcessError.Code = status == ENOENT ? .notFound : .notStarted
            throw ProcessError(code, program: program, detail: String(cString: strerror(status)))
        }
        return pid
    }
}

/// A null-terminated array of C strings that lives as long as the value. Text after a NUL character is lost, as in any
/// command line.
private struct CStringArray: ~Copyable {
    let pointers: [UnsafeMutablePointer<CChar>?]

    init(_ texts: [String]) { pointers = texts.map { strdup($0) } + [nil] }

    deinit { for pointer in pointers { free(pointer) } }
}

/// Why a child process could not be started.
public struct ProcessError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// No such program, or no such working directory.
        case notFound
        case notStarted
    }

    public var code: Code
    var program: String
    var detail: String

    public init(_ code: Code, program: String, detail: String) {
        self.code = code
        self.program = program
        self.detail = detail
    }

    public var description: String {
        switch code {
        case .notFound:
            "‘\(program)’ cannot be started: no such program on the path, or no such working directory (\(detail))"
        case .notStarted: "‘\(program)’ cannot be started: \(detail)"
        }
    }
}
