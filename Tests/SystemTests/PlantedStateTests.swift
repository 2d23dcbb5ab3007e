import Foundation
import Job
import RunModel
import TestSupport
import Testing
import UndoLog

/// State that comes from elsewhere: a cache that others can write, a directory of somebody else.
@Suite struct PlantedStateTests {
    private static let configuration = "environment: test\nservices: { api: \"http://127.0.0.1:1\" }\n"
    private static let run = ["run", "--out", "out", "--progress", "none", "--only", "ENV-01"]

    private func start(_ command: [String], in directory: URL) async throws -> CommandLineProcess.End {
        await (try CommandLineProcess(command + ["--config", "plumbline.yaml", "--state", "state"], in: directory))
            .end()
    }

    @Test(
        "a command that somebody wrote into the undo log is not run, by a run that only reads or by undo",
        arguments: [run, ["undo"]])
    func plantedCommand(command: [String]) async throws {
        try await withTemporaryDirectory { directory in
            try Self.configuration.write(
                to: directory.appending(path: "plumbline.yaml"), atomically: true, encoding: .utf8)
            // Makes the state directory.
            _ = try await start(["undo"], in: directory)
            let (mark, runID) = (directory.appending(path: "owned"), RunID(rawValue: "20260101T000000Z-000000"))
            let logs = UndoLogs(stateDirectory: directory.appending(path: "state").path)
            try logs.prepare()
            try logs.log(of: runID).open(
                UndoRecord(
                    runID: runID, checkID: "CB-01", what: "memory filled", openedAt: Date(), lease: .seconds(60),
                    actions: [.command(.init(arguments: ["touch", mark.path], deadline: .seconds(5)))]))
            let end = try await start(command, in: directory)
            #expect(end.status == 7, "\(end.output) \(end.errors)")
            #expect((end.output + end.errors).contains("not performed"), "\(end.output) \(end.errors)")
            #expect(!FileManager.default.fileExists(atPath: mark.path))
            #expect(try logs.log(of: runID).openRecords().count == 1)
        }
    }

    @Test("what a run leaves is for its owner alone, whatever the umask", arguments: ["000", "022", "777"])
    func modes(umask: String) async throws {
        try await withTemporaryDirectory { directory in
            try Self.configuration.write(
                to: directory.appending(path: "plumbline.yaml"), atomically: true, encoding: .utf8)
            let arguments = Self.run + ["--config", "plumbline.yaml", "--state", "state"]
            let wrapper = ["sh", "-c", "umask \(umask); exec \"$@\"", "sh"]
            _ = await (try CommandLineProcess(arguments, in: directory, wrapper: wrapper)).end()
            var seen = 0
            for root in ["state", "out"] {
                let base = directory.appending(path: root)
                let names = FileManager.default.enumerator(atPath: base.path)?.compactMap { $0 as? String } ?? []
                for name in names + [""] {
                    let path = name.isEmpty ? base.path : base.appending(path: name).path
                    let attributes = try FileManager.default.attributesOfItem(atPath: path)
                    let isDirectory = attributes[.type] as? FileAttributeType == .typeDirectory
                    #expect(attributes[.posixPermissions] as? Int == (isDirectory ? 0o700 : 0o600), "\(root)/\(name)")
                    seen += 1
                }
            }
            #expect(seen > 10, "only \(seen) files and directories")
        }
    }
}
