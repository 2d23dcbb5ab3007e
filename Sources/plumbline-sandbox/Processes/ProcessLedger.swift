import Foundation
import Glibc

/// The records of every process that was started for one sandbox directory, also by a sandbox that crashed.
struct ProcessLedger: Sendable {
    let directory: SandboxDirectory

    /// Name and record of each process that ever wrote one; the process may be gone.
    func records() -> [(name: String, record: ProcessRecord)] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.processes)) ?? []
        return names.sorted().compactMap { name in
            guard let text = try? String(contentsOfFile: directory.record(name), encoding: .utf8),
                let record = ProcessRecord(line: text)
            else { return nil }
            return (name, record)
        }
    }

    func record(_ name: String) -> ProcessRecord? {
        records().first { $0.name == name }?.record
    }

    /// Every process of this sandbox that still runs.
    func running() -> [ProcessStatus] {
        let members = records().flatMap { $0.record.members(workingDirectory: directory.path) }
        return Array(Dictionary((members + databaseBackends()).map { ($0.pid, $0) }) { first, _ in first }.values)
    }

    /// Resident memory of a part with all its processes, bytes.
    func residentBytes(of name: String) -> UInt64 {
        guard let record = record(name) else { return 0 }
        let backends = name == Part.postgres ? databaseBackends().filter { $0.pid != record.pid } : []
        return (record.members(workingDirectory: directory.path) + backends).reduce(0) { $0 + $1.residentBytes }
    }

    /// Ends one part with all its processes and waits until they are gone.
    func stop(_ name: String, signal: Int32 = SIGKILL) async throws(LaunchError) {
        guard let record = record(name) else { return }
        try await stop(signal) {
            let backends = name == Part.postgres ? databaseBackends() : []
            return record.members(workingDirectory: directory.path) + backends
        }
        unlink(directory.record(name))
    }

    /// Ends everything and waits until it is gone. PostgreSQL is asked first, because it would leave shared memory.
    func stopAll() async throws(LaunchError) {
        if let postgres = record(Part.postgres), postgres.isRunning {
            kill(postgres.pid, SIGCONT)
            kill(postgres.pid, SIGQUIT)
        }
        try await stop(SIGKILL) {
            let postgres = record(Part.postgres)
            return running().filter { $0.pid != postgres?.pid && $0.name != "postgres" }
        }
        try await stop(SIGQUIT) { running() }
    }

    /// Sends `signal` to what `remaining` names until it names nothing; SIGKILL after three seconds.
    private func stop(_ signal: Int32, _ remaining: () -> [ProcessStatus]) async throws(LaunchError) {
        let start = ContinuousClock.now
        var current = signal
        var signalled: Set<Int32> = []
        while true {
            let processes = remaining()
            if processes.isEmpty { return }
            let elapsed = ContinuousClock.now - start
            if elapsed > .seconds(3), current != SIGKILL {
                current = SIGKILL
                signalled = []
            }
            guard elapsed < .seconds(10) else {
                let list = processes.map { "\($0.pid) (\($0.name), state \($0.state))" }.joined(separator: ", ")
                throw LaunchError(description: "these processes do not end: \(list)")
            }
            for process in processes where signalled.insert(process.pid).inserted {
                // A stopped process takes no signal but SIGKILL until it continues.
                if kill(process.pid, SIGCONT) != 0 && errno == EPERM {
                    throw LaunchError(description: "no permission to end process \(process.pid) (\(process.name))")
                }
                kill(process.pid, current)
            }
            // Children of this process stay zombies until somebody asks for them.
            for process in processes { waitpid(process.pid, nil, WNOHANG) }
            try? await Task.sleep(for: .milliseconds(10))
        }
    }

    /// PostgreSQL's backends have sessions of their own; their working directory is the data directory.
    private func databaseBackends() -> [ProcessStatus] {
        ProcessTable.all().filter {
            $0.isRunning && $0.name == "postgres"
                && ProcessTable.workingDirectory(of: $0.pid) == directory.databaseFiles
        }
    }
}
