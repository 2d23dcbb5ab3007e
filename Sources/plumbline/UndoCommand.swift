import ArgumentParser
import Durable
import Formats
import Foundation
import Job
import RunModel
import Settings
import UndoLog

struct UndoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undo",
        abstract: "Take back what earlier runs left changed: faults that are still on, objects that were not removed.",
        discussion: """
            Every change is written down before it is made, with how to undo it. This replays what is open, newest first. \
            Exit code 0 when nothing is open any more, 7 when something \
            could not be undone or an undo log is damaged.
            """)

    @OptionGroup var configurationOptions: ConfigurationOptions
    @OptionGroup var stateOptions: StateOptions

    @Flag(name: .long, help: "Only show what is open.")
    var dryRun = false

    @Flag(name: .long, help: "Print what was done as JSON.")
    var json = false

    @Flag(name: .customLong("guard"), help: .hidden)
    var isGuardian = false

    @Option(name: .customLong("run"), help: .hidden)
    var runID: String?

    /// The directory that the guarded run works in, and the generation of its lock, where the state is elsewhere.
    @Option(name: .long, help: .hidden)
    var folder: String?

    @Option(name: .long, help: .hidden)
    var generation: Int?

    func run() async throws {
        let configuration = try await configurationOptions.load()
        let store = try stateOptions.store(configuration)
        let undo = UndoRun(configuration: configuration, store: store)
        if isGuardian {
            try await guardRun(undo, configuration)
            return
        }
        if dryRun {
            let (records, problems) = try await undo.openRecords()
            try show(open: records, problems, undo)
            try end(with: problems)
            return
        }
        let report = try await undo.undoAll { StandardError.write("plumbline: \($0)\n") }
        try show(report)
        try end(with: report.problems)
        if !report.isComplete { throw ExitCode(7) }
    }

    private func guardRun(_ undo: UndoRun, _ configuration: Configuration) async throws {
        guard let runID else { throw ValidationError("--guard needs --run") }
        // Until it is done nobody removes the folder of a run that is gone.
        let working = folder.flatMap(WorkingFolder.join)
        if let folder, working == nil { throw CommandFailure.usage("the folder \(folder) of the guarded run is gone") }
        defer { withExtendedLifetime(working) {} }
        let directory = try StateDirectory.open(
            path: folder ?? stateOptions.state, environment: configuration.environment)
        let copy = try generation.map { generation in
            try stateOptions.undoCopy(of: directory, generation: generation, configuration)
        }
        let report = try await undo.guardRun(RunID(rawValue: runID), in: directory, copy: copy)
        throw ExitCode(report.isComplete ? 0 : 7)
    }

    /// A log that cannot be read may say that anything is open.
    private func end(with problems: [UndoLogError]) throws {
        for problem in problems { StandardError.write("plumbline: \(problem)\n") }
        if !problems.isEmpty { throw ExitCode(7) }
    }

    private func show(open records: [UndoRecord], _ problems: [UndoLogError], _ undo: UndoRun) throws {
        if json {
            try StandardOutput.write(json: records)
            return
        }
        if records.isEmpty, problems.isEmpty { StandardOutput.write("nothing is open\n") }
        for record in records {
            let origin = "\(Timestamp.text(record.openedAt)) by \(record.checkID) of run \(record.runID)"
            StandardOutput.write("\(TerminalText.safe("open since \(origin): \(record.what)"))\n")
            for action in record.actions {
                StandardOutput.write("\(TerminalText.safe("  undo: \(action)"))\n")
                if let refusal = undo.refusal(of: action) {
                    StandardOutput.write("\(TerminalText.safe("    will not be performed: \(refusal)"))\n")
                }
            }
        }
    }

    private func show(_ report: UndoReport) throws {
        if json {
            let answer = Answer(
                undone: report.undone.map(\.what), failed: report.failed.map { "\($0.record.what): \($0.reason)" })
            try StandardOutput.write(json: answer)
            return
        }
        for record in report.undone { StandardOutput.write("\(TerminalText.safe("undone: \(record.what)"))\n") }
        for failure in report.failed {
            StandardOutput.write("\(TerminalText.safe("NOT undone: \(failure.record.what): \(failure.reason)"))\n")
            for action in failure.record.actions {
                StandardOutput.write("\(TerminalText.safe("  do by hand: \(action)"))\n")
            }
        }
        if report.undone.isEmpty, report.isComplete { StandardOutput.write("nothing was open\n") }
    }

    private struct Answer: Encodable {
        let undone: [String]
        let failed: [String]
    }
}
