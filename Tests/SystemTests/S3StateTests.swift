import Formats
import Foundation
import Glibc
import HTTPClient
import RunModel
import TestSupport
import Testing

@testable import Job

/// Runs on the local stack whose state is in its S3, and whose machines have nothing in common but that.
extension JobOnStackTests {
    @Test(
        "a run in S3 that is stopped under a fault, and one that is killed at its start, go on elsewhere as the same run"
    )
    func stateInS3() async throws {
        try await withStack { fixture in
            let bucket = "plumbline-\(UUID().uuidString.lowercased().prefix(8))"
            try await fixture.makeBucket(bucket)
            let state = "s3://\(bucket)/state/"
            let selection = ["CH-01", "CH-04", "RG-*"].flatMap { ["--only", $0] } + ["--allow", "writes,faults"]

            // Killed as soon as S3 has a journal, with what it started.
            let first = try fixture.start(on: "one", state, selection)
            let run = try await fixture.run(in: bucket, first)
            first.send(SIGKILL)
            #expect(await first.end().status == 137)
            // Its folder is gone with the next process of that machine, when the guardian has gone too.
            #expect(fixture.folders("one").count == 1)

            let second = try fixture.start(on: "two", state, selection)
            let until = ContinuousClock.now + .seconds(120)
            while second.isRunning, try await fixture.openFaults().isEmpty, ContinuousClock.now < until {
                try await Task.sleep(for: .milliseconds(20))
            }
            second.send(SIGTERM)
            let stopped = await second.end()
            #expect(stopped.status == 143, "\(stopped.errors.suffix(800))")
            #expect(try await fixture.openFaults() == [])
            #expect(fixture.folders("two") == [])
            let verified = try await fixture.plumbline(on: "three", ["verify", "--json", state])
            #expect(verified.status == 0, "\(verified.output) \(verified.errors)")
            #expect(verified.json?["missingPhases"]?.array?.isEmpty == false)

            let third = await (try fixture.start(on: "four", state, selection)).end()
            #expect(![1, 2, 6, 7, 130, 143].contains(third.status), "\(third.errors.suffix(800))")
            for command in [["results", "--json", state], ["verify", "--json", state]] {
                let read = try await fixture.plumbline(on: "five", command)
                #expect(read.status == 0, "\(read.errors)")
                if command[0] == "results" { #expect(read.json?["runID"]?.string == run) }
            }
            let page = try await fixture.plumbline(on: "five", ["report", state])
            let difference = try await fixture.plumbline(on: "five", ["diff", state, state])
            #expect(page.status == 0 && difference.status == 0, "\(page.errors) \(difference.errors)")
            let open = try await fixture.plumbline(
                on: "five", ["undo", "--dry-run", "--json", "--config", fixture.stack.configuration, "--state", state])
            #expect(open.status == 0 && open.json == [])
            #expect(fixture.folders("five") == [])
            // The guardian of the killed run has long ended: whoever works there next removes its folder.
            _ = try await fixture.plumbline(on: "one", ["verify", "--json", state])
            #expect(fixture.folders("one") == [])
        }
    }
}

extension CrashFixture {
    /// moto asks that a request is signed, and believes every signature.
    private var signed: [HTTPHeader] {
        let scope = "AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/s3/aws4_request"
        return [HTTPHeader("Authorization", scope + ", SignedHeaders=host, Signature=fake")]
    }

    private var service: String { stack.state.urls.aws }

    fileprivate func makeBucket(_ name: String) async throws {
        let made = try await HTTPClient().send(HTTPRequest(method: "PUT", url: "\(service)/\(name)", headers: signed))
        #expect(made.status == 200, "\(made.text)")
    }

    /// The run whose journal is in a bucket, as soon as there is one.
    fileprivate func run(in bucket: String, _ process: CommandLineProcess) async throws -> String {
        let url = "\(service)/\(bucket)?list-type=2&prefix=state/segments/runs/"
        while process.isRunning {
            let listed = try await HTTPClient().send(HTTPRequest(url: url, headers: signed))
            if let match = listed.text.firstMatch(of: #/segments/runs/([^/<]+)/journal\.jsonl/00000001/#) {
                return String(match.1)
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        Issue.record("the run ended before its journal was in S3")
        return ""
    }

    /// What a machine has: a name, a disk of its own, and the way to S3.
    private func machine(_ name: String) throws -> [String: String] {
        let disk = directory.appending(path: "machine-\(name)")
        try FileManager.default.createDirectory(at: disk, withIntermediateDirectories: true)
        return [
            "TMPDIR": disk.path, "AWS_ENDPOINT_URL_S3": service, "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing-fake-secret",
        ]
    }

    /// The folders that runs work in on a machine.
    fileprivate func folders(_ machine: String) -> [String] {
        let names = try? FileManager.default.contentsOfDirectory(
            atPath: directory.appending(path: "machine-\(machine)").path)
        return (names ?? []).filter { $0.hasPrefix("plumbline-folder-") }
    }

    fileprivate func start(
        on name: String, _ state: String, _ selection: [String]
    ) throws -> CommandLineProcess {
        let text = try String(contentsOfFile: stack.configuration, encoding: .utf8) + "\nstate: { lease: 6s }\n"
        // Next to the stack's own, since paths in it are relative to it.
        let configuration = stack.configuration + ".s3.yaml"
        try text.write(toFile: configuration, atomically: true, encoding: .utf8)
        return try CommandLineProcess(
            ["run", "--config", configuration, "--state", state, "--out", "out-\(name)", "--json"] + selection,
            in: directory, environment: machine(name))
    }

    fileprivate func plumbline(on name: String, _ arguments: [String]) async throws -> CommandLineProcess.End {
        try await CommandLineProcess.run(arguments, in: directory, environment: machine(name))
    }
}
