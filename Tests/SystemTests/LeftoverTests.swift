import Formats
import Foundation
import Glibc
import HTTPClient
import RunModel
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
        let statuses = try Self.statuses(try journal(name)).filter {
            $0.key.matches("RG-0?") || $0.key.matches("RG-1?")
        }
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

extension JobOnStackTests {
    @Test("after two runs whose uploads are cut at random, MLflow holds nothing of ours and no check is an error")
    func fewCutUploads() async throws {
        try await cutUploads(runs: 2)
    }

    @Test("after fifty runs whose uploads are cut at random, MLflow holds nothing of ours and no check is an error")
    func fiftyCutUploads() async throws {
        try await cutUploads(runs: 50)
    }

    /// Uploads artifacts, and disturbs the way to MLflow at a random instant for a random while: what was sent before may arrive
    /// when the check has given up.
    private func cutUploads(runs: Int) async throws {
        var random = SystemGenerator("the cut uploads")
        try await withStack { fixture in
            var cut = 0
            for round in 0..<runs {
                let name = "-cut-\(round)"
                let process = try fixture.start(
                    name, ["ML-40", "ML-41", "ML-42", "ML-45"].flatMap { ["--only", $0] } + ["--allow", "writes"])
                let logs = UndoLogs(stateDirectory: fixture.directory.appending(path: "state\(name)").path)
                while process.isRunning, !logs.openRecords().records.contains(where: { $0.what.contains("artifacts") })
                {
                    try await Task.sleep(for: .milliseconds(5))
                }
                try await Task.sleep(for: .milliseconds(Int.random(in: 0..<1500, using: &random)))
                let toxic = try #require(Self.toxics.randomElement(using: &random))
                if process.isRunning { cut += 1 }
                try await fixture.disturb(toxic, for: .milliseconds(Int.random(in: 300..<4000, using: &random)))
                let end = await process.end()
                let comment: Comment = "seed \(random.seed), round \(round): \(toxic)"
                let statuses = try CrashFixture.statuses(try fixture.journal(name))
                #expect(!statuses.values.contains(.error), comment)
                #expect([0, 3, 5].contains(end.status), "\(comment): \(end.status) \(end.errors.suffix(1000))")
                #expect(logs.openRecords().records.isEmpty, comment)
                #expect(try await MLflowInventory.take(of: fixture.stack).left == [], comment)
            }
            print("\(runs) runs, \(cut) of them cut while they uploaded: nothing was left")
            #expect(cut * 2 > runs, "most runs were over before they could be cut")
        }
    }

    /// Everything stops, comes slowly, or breaks off.
    private static let toxics = [
        #""type":"timeout","attributes":{"timeout":0}"#, #""type":"bandwidth","attributes":{"rate":300}"#,
        #""type":"reset_peer","attributes":{"timeout":50}"#, #""type":"latency","attributes":{"latency":2500}"#,
    ]
}

extension CrashFixture {
    /// Disturbs both directions of the way to MLflow for a while.
    fileprivate func disturb(_ toxic: String, for duration: Duration) async throws {
        let http = HTTPClient()
        let toxics = stack.state.urls.toxiproxy + "/proxies/mlflow/toxics"
        for stream in ["upstream", "downstream"] {
            let body = #"{"name":"cut-\#(stream)","stream":"\#(stream)","toxicity":1,\#(toxic)}"#
            let made = try await http.send(
                HTTPRequest(
                    method: "POST", url: toxics, headers: [HTTPHeader("Content-Type", "application/json")],
                    body: Array(body.utf8)))
            #expect(made.status == 200, "\(made.text)")
        }
        try await Task.sleep(for: duration)
        for stream in ["upstream", "downstream"] {
            _ = try await http.send(HTTPRequest(method: "DELETE", url: toxics + "/cut-\(stream)"))
        }
    }
}
