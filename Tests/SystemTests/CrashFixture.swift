import Formats
import Foundation
import HTTPClient
import RunModel
import TestSupport
import Testing

@testable import Job

/// A place for runs on the local stack, and what can be seen of them from outside.
struct CrashFixture {
    let stack: LocalStack
    let directory: URL

    /// Checks of every kind that reads, writes or breaks, without those that mostly take their time: about half a minute.
    static let selection =
        ["ENV-*", "SD-*", "CB-0?", "HE-0?", "CH-01", "CH-04", "SH-*", "DB-0?", "RG-*"].flatMap { ["--only", $0] }
        + ["--allow", "writes,load,faults"]

    func arguments(_ name: String = "", _ more: [String] = CrashFixture.selection) -> [String] {
        [
            "run", "--config", stack.configuration, "--state", "state\(name)", "--out", "out\(name)", "--progress",
            "plain",
            "--json",
        ] + more
    }

    func start(_ name: String = "", _ more: [String] = CrashFixture.selection) throws -> CommandLineProcess {
        try CommandLineProcess(arguments(name, more), in: directory)
    }

    func plumbline(_ arguments: String...) async throws -> CommandLineProcess.End {
        try await CommandLineProcess.run(arguments, in: directory)
    }

    /// The journal of the newest run of a state directory; empty while there is none.
    func journal(_ name: String = "") throws -> [JournalEntry] {
        let runs = directory.appending(path: "state\(name)/runs")
        let newest = ((try? FileManager.default.contentsOfDirectory(atPath: runs.path)) ?? []).sorted().last
        guard let newest else { return [] }
        let path = runs.appending(path: newest).appending(path: "journal.jsonl").path
        return FileManager.default.fileExists(atPath: path) ? try Journal.entries(path: path) : []
    }

    /// Checks that ended by running, in the order of the journal.
    static func finished(_ entries: some Sequence<JournalEntry>) -> [CheckID] {
        entries.compactMap { entry in
            guard case .checkFinished(let result) = entry.event, result.status != .skipped else { return nil }
            return result.id
        }
    }

    static func statuses(_ entries: [JournalEntry]) throws -> [CheckID: Status] {
        try RunRecord(entries, path: "journal").results.mapValues(\.status)
    }

    /// Waits until a number of checks have ended, or the process has.
    func wait(forChecks count: Int, _ process: CommandLineProcess, _ name: String = "") async throws {
        while process.isRunning, Self.finished(try journal(name)).count < count {
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// What is still broken: proxies that are off or disturbed.
    func openFaults() async throws -> [String] {
        let response = try await HTTPClient().send(HTTPRequest(url: stack.state.urls.toxiproxy + "/proxies"))
        let proxies = try JSON.decode([String: JSONValue].self, from: Data(response.body))
        #expect(proxies.count >= 3)
        return proxies.compactMap { name, proxy in
            let toxics = proxy["toxics"]?.array ?? []
            return proxy["enabled"] == true && toxics.isEmpty ? nil : "\(name): \(proxy.text)"
        }
    }

    /// Everything that a run may have broken is as it was.
    func expectNothingLeftOn(_ name: String = "", _ comment: Comment? = nil) async throws {
        #expect(try await openFaults() == [], comment)
        let undo = try await plumbline(
            "undo", "--dry-run", "--json", "--config", stack.configuration, "--state", "state\(name)")
        #expect(undo.status == 0 && undo.json == [], comment)
    }
}

/// Tests that run the job on a stack of their own and break it: one after the other.
@Suite(.serialized) struct JobOnStackTests {
    func withStack(_ body: (CrashFixture) async throws -> Void) async throws {
        let stack = try await LocalStack.shared(profile: "fixed", purpose: "job")
        try await withTemporaryDirectory { directory in
            try await body(CrashFixture(stack: stack, directory: directory))
        }
    }
}
