import CheckKit
import FaultInjection
import Formats
import Foundation
import Glibc
import Processes
import RunModel
import Settings
import UndoLog

extension CheckContext {
    /// Starts the instance as a process of this machine.
    func startProcess<Value>(
        _ launch: LaunchSettings, _ environment: [String: String], _ fault: ToxiproxyFault?,
        _ body: (LaunchedInstance) async throws -> Value
    ) async throws -> Value {
        let port = try Self.freePort()
        let logPath = NSTemporaryDirectory() + "/plumbline-\(descriptor.id)-\(UUID().uuidString).log"
        let (process, recordID) = try start(
            ProcessLaunch(
                arguments: launch.command.map { $0.replacing("{port}", with: "\(port)") },
                environment: CleanEnvironment.variables(of: self.environment).merging(environment) { _, new in new }),
            logPath: logPath)
        // What the instance prints may hold what it was given: the file has no name, and is gone with its last reader.
        let log = FileHandle(forReadingAtPath: logPath)
        try? FileManager.default.removeItem(atPath: logPath)
        let result: Result<Value, any Error>
        do {
            result = .success(
                try await whenAnswering(
                    "http://localhost:\(port)", within: launch.startTimeout,
                    problem: { process.isRunning ? nil : "ended before it answered" },
                    lastWords: { Self.lastWords(log) }
                ) { try await body(.init(target: $0, mlflowFault: fault)) })
        } catch {
            let output = Self.end(of: log, limit: Self.keptLog)
            if !output.isEmpty {
                recorder.attach(Evidence("output of the instance", text: String(decoding: output, as: UTF8.self)))
            }
            result = .failure(error)
        }
        await process.end()
        await takeBack(.record(id: recordID), patience: .seconds(5))
        return try result.get()
    }

    /// Starts a process whose end is written down before it does anything.
    private func start(
        _ launch: ProcessLaunch, logPath: String
    ) throws -> (process: StartedProcess, recordID: String) {
        var recordID = ""
        do {
            let process = try StartedProcess(launch, logPath: logPath) { identity in
                let record = UndoRecord(
                    runID: services.runID, checkID: descriptor.id,
                    what: "instance of the service, process \(identity.pid)",
                    openedAt: Date(), lease: descriptor.deadline + .seconds(60),
                    actions: [
                        .process(
                            .init(pid: identity.pid, startTime: identity.startTime, signal: SIGKILL, wholeGroup: true))
                    ])
                try services.undoLog.open(record)
                recordID = record.id
            }
            return (process, recordID)
        } catch {
            throw Stop.inconclusive(.obstacle(.launch, of: .api), "the instance could not be started: \(error)")
        }
    }

    private static func end(of log: FileHandle?, limit: Int) -> Data {
        guard let log, let size = try? log.seekToEnd() else { return Data() }
        try? log.seek(toOffset: size > UInt64(limit) ? size - UInt64(limit) : 0)
        return (try? log.read(upToCount: limit)) ?? Data()
    }

    /// The last lines of the instance's log, as the end of a sentence.
    private static func lastWords(_ log: FileHandle?) -> String {
        let end = end(of: log, limit: 4096)
        let lines = String(decoding: end, as: UTF8.self).split(whereSeparator: \.isNewline).suffix(5)
            .joined(separator: "\n").excerptOfEnd(800)
        return lines.isEmpty ? "; it logged nothing" : "; the end of its log: \(lines)"
    }

    /// What is kept of the output of an instance: its end, in bytes.
    private static let keptLog = 1 << 20

    /// A port that was free a moment ago; the instance's start fails clearly when somebody was faster.
    private static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
            }
        }
        guard descriptor >= 0, status == 0 else {
            throw Stop.inconclusive(
                .obstacle(.launch, of: .api), "no free port on the loopback: \(String(cString: strerror(errno)))")
        }
        return UInt16(bigEndian: address.sin_port)
    }
}
