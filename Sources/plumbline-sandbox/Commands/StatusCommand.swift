import ArgumentParser
import Foundation
import HTTPClient

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Say what runs, and whether it is healthy. Exit code 0 only when everything is.")

    @OptionGroup var location: DirectoryOption

    @Flag(help: "Print JSON.")
    var json = false

    private struct PartStatus: Encodable {
        let name: String
        let title: String
        let address: String
        let pid: Int32?
        let healthy: Bool
        let problem: String?
        let residentBytes: UInt64
        let log: String
    }

    private struct Status: Encodable {
        let directory: String
        let profile: String
        let scenario: String
        let healthy: Bool
        let parts: [PartStatus]
    }

    func run() async throws {
        let directory = location.directory
        guard let state = SandboxState.load(directory) else {
            Console.say("\(SandboxError.notRunning(path: directory.path))")
            throw ExitCode(1)
        }
        let parts = await parts(state, directory)
        let status = Status(
            directory: directory.path, profile: state.options.profile, scenario: AppliedScenario.name(in: directory),
            healthy: parts.allSatisfy(\.healthy), parts: parts)
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(status), as: UTF8.self))
        } else {
            let rows = parts.map { part in
                [
                    part.title, part.address, part.pid.map(String.init) ?? "-", Console.megabytes(part.residentBytes),
                    part.problem.map { "NOT HEALTHY: \($0)" } ?? "healthy",
                ]
            }
            print(Console.table(header: ["Part", "Address", "Process", "Memory", "State"], rows), terminator: "")
            print("Profile \(status.profile), scenario \(status.scenario), configuration \(directory.configuration)")
        }
        if !status.healthy { throw ExitCode(1) }
    }

    private func parts(_ state: SandboxState, _ directory: SandboxDirectory) async -> [PartStatus] {
        let ledger = ProcessLedger(directory: directory)
        let client = HTTPClient(.readiness)
        return await withTaskGroup(of: (Int, PartStatus).self) { group in
            for (index, part) in state.parts.enumerated() {
                group.addTask {
                    let record = ledger.record(part.name)
                    let isRunning = record?.isRunning ?? false
                    var problem: String? = "the process is gone, see \(part.log)"
                    if isRunning {
                        do {
                            problem = await (try Part.saved(part.name, in: directory)).readiness.problem(client)
                        } catch {
                            problem = "\(error)"
                        }
                    }
                    let status = PartStatus(
                        name: part.name, title: part.title, address: part.address,
                        pid: isRunning ? record?.pid : nil, healthy: problem == nil, problem: problem,
                        residentBytes: ledger.residentBytes(of: part.name), log: part.log)
                    return (index, status)
                }
            }
            var found: [(Int, PartStatus)] = []
            for await part in group { found.append(part) }
            return found.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}
