import Foundation
import Glibc
import Processes

/// A program to start: everything needed to start it again later.
struct Launch: Sendable, Codable, Equatable {
    /// Names its record and its log: `postgres` → `processes/postgres`, `logs/postgres.log`.
    let name: String
    let command: [String]
    var environment: [String: String]
    /// How the program is asked to end, SIGKILL where its state is thrown away anyway.
    var stopSignal: Int32 = SIGKILL
}

/// Why a program could not be started or did not do what it should.
struct LaunchError: Error, CustomStringConvertible {
    let description: String
}

extension Launch {
    /// Runs in a shell that becomes the program, because a process that writes its own record before it becomes anything
    /// leaves no instant in which it runs and nobody knows it. The token is checked after that: `down` removes it before
    /// it reads the records, so of the two at least one sees the other.
    private static let script = """
        cd "$1" || exit 75
        record=$2 token=$3
        shift 3
        read -r boot </proc/sys/kernel/random/boot_id
        read -r stat </proc/$$/stat
        start_of() { shift 19; echo "$1"; }
        start=$(start_of ${stat##*) }) || exit 75
        echo "$$ $start $boot" >"$record" || exit 75
        [ -e "$token" ] || exit 75
        exec "$@"
        """

    /// Starts the program in a session of its own, detached from this process, its output added to its log.
    func start(in directory: SandboxDirectory) throws(LaunchError) -> ProcessRecord {
        let record = directory.record(name)
        // A stale record must not pass for the new one.
        unlink(record)
        let words =
            ["/bin/sh", "-c", Self.script, "plumbline-launch", directory.work, record, directory.token] + command
        let pid = try spawn(words, log: directory.log(name))
        guard let status = ProcessTable.status(of: pid) else {
            throw LaunchError(description: "\(name): the process ended as it started, see \(directory.log(name))")
        }
        return ProcessRecord(pid: pid, start: status.start, boot: ProcessTable.bootIdentifier())
    }

    /// Nothing that is open here stays open in a process that outlives us: not the lock of the directory, nor the pipe of somebody
    /// who waits for the end of our output.
    private func spawn(_ words: [String], log: String) throws(LaunchError) -> pid_t {
        let input = open("/dev/null", O_RDONLY | O_CLOEXEC)
        let output = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        defer { for descriptor in [input, output] where descriptor >= 0 { close(descriptor) } }
        guard input >= 0, output >= 0 else {
            throw LaunchError(description: "\(name): cannot write \(log): \(String(cString: strerror(errno)))")
        }
        do throws(ProcessError) {
            return try ProcessLaunch(arguments: words, environment: environment)
                .spawn(input: input, output: output, error: output)
        } catch {
            throw LaunchError(description: "\(name): \(error)")
        }
    }

    /// Runs the program to its end.
    ///
    /// - Throws: when it fails or takes longer than `deadline`; then it is killed.
    func complete(in directory: SandboxDirectory, deadline: Duration) async throws {
        let record = try start(in: directory)
        let end = ContinuousClock.now.advanced(by: deadline)
        var status: Int32 = 0
        while waitpid(record.pid, &status, WNOHANG) == 0 {
            if Task.isCancelled || ContinuousClock.now > end {
                kill(-record.pid, SIGKILL)
                waitpid(record.pid, &status, 0)
                try Task.checkCancellation()
                throw LaunchError(
                    description: "\(name): not done after \(deadline)\n" + directory.logTail(name))
            }
            try? await Task.sleep(for: .milliseconds(10))
        }
        unlink(directory.record(name))
        // The exit code is bits 8 to 15, the signal bits 0 to 6 (wait(2)); the C macros do not reach Swift.
        guard status == 0 else {
            let reason = status & 0x7f == 0 ? "exit code \(status >> 8 & 0xff)" : "signal \(status & 0x7f)"
            throw LaunchError(description: "\(name): ended with \(reason)\n" + directory.logTail(name))
        }
    }
}
