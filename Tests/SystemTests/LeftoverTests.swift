import Formats
import Foundation
import Glibc
import TestSupport
import Testing
import UndoLog

@testable import Job

extension JobOnStackTests {
    @Test("after six registration runs, two of them killed, MLflow holds nothing of ours that is not marked deleted")
    func fewRegistrations() async throws {
        try await registrations(runs: 6, kills: 2)
    }

    @Test("after fifty registration runs, ten of them killed at random, MLflow holds nothing of ours")
    func fiftyRegistrations()
        async throws
    {
        try await registrations(runs: 50, kills: 10)
    }

    /// Runs registrations, one after the other, and looks in MLflow at the end. A killed one is followed by the same
    /// command again or by `plumbline undo`, in turn.
    private func registrations(runs: Int, kills: Int) async throws {
        var random = SystemGenerator("the killed registrations")
        try await withStack { fixture in
            let before = try await MLflowInventory.take(of: fixture.stack)
            #expect(before.left == [])
            try await fixture.register("-0")
            var killed: [Int] = []
            var openAtDeath = 0
            for round in 1..<runs {
                let name = "-\(round)"
                guard killed.count < kills, Int.random(in: 0..<(runs - round), using: &random) < kills - killed.count
                else {
                    try await fixture.register(name)
                    continue
                }
                let process = try fixture.start(name, CrashFixture.registration)
                // By progress and a little later: anywhere within a step, at whatever speed the machine runs.
                try await fixture.wait(forChecks: Int.random(in: 0..<12, using: &random), process, name)
                try await Task.sleep(for: .milliseconds(Int.random(in: 0..<300, using: &random)))
                process.send(SIGKILL)
                let end = await process.end()
                if end.status == 137 { killed.append(round) }
                openAtDeath += try fixture.openRecords(name)
                try await fixture.takeUp(name, byUndo: killed.count.isMultiple(of: 2))
                try await fixture.expectNothingLeftOn(name, "seed \(random.seed), round \(round)")
            }
            let after = try await MLflowInventory.take(of: fixture.stack)
            print(
                "\(runs) registrations, killed: \(killed), undos open at their deaths: \(openAtDeath), experiments made: "
                    + "\(after.experiments.count - before.experiments.count)")
            #expect(after.left == [], "seed \(random.seed)")
            #expect(after.untagged == [])
            #expect(after.experiments.count - before.experiments.count >= runs - killed.count)
            #expect(killed.count >= kills - 1, "seed \(random.seed): runs ended before they could be killed")
        }
    }
}

extension CrashFixture {
    /// The registration alone.
    static let registration = ["--only", "RG-*", "--allow", "writes"]

    /// One registration from end to end, in a state directory of its own.
    @discardableResult
    func register(_ name: String) async throws -> CommandLineProcess.End {
        let end = await (try start(name, Self.registration)).end()
        let statuses = try Self.statuses(try journal(name)).filter { $0.key.matches("RG-*") }
        #expect(
            statuses.count == 12 && statuses.values.allSatisfy { $0 == .passed },
            "\(statuses) \(end.errors.suffix(2000))")
        return end
    }

    /// What an operator does after a death.
    fileprivate func takeUp(_ name: String, byUndo: Bool) async throws {
        guard byUndo else {
            try await register(name)
            return
        }
        let undo = try await plumbline("undo", "--config", stack.configuration, "--state", "state\(name)")
        #expect(undo.status == 0, "\(undo.errors)")
    }

    /// How many changes stand open in the undo log of a state directory.
    fileprivate func openRecords(_ name: String) throws -> Int {
        let (records, problems) = UndoLogs(stateDirectory: directory.appending(path: "state\(name)").path).openRecords()
        if let problem = problems.first { throw problem }
        return records.count
    }
}
