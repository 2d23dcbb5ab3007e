import Formats
import Foundation
import Glibc
import TestSupport
import Testing

/// The command line on its own: exit codes, messages, streams. No server is needed.
@Suite struct CommandLineTests {
    /// A configuration whose services refuse every connection, with settings in every kind of collection.
    private static let configuration = """
        environment: nowhere
        services:
          api: http://127.0.0.1:1
          resolve: {one.test: 127.0.0.1, two.test: 127.0.0.1, three.test: 127.0.0.1}
          discovery_names: [a.invalid]
        keys: {api: "${env:PLUMBLINE_TEST_KEY}", reader: "${env:PLUMBLINE_TEST_OTHER}", poor: "${env:NOT_SET}"}
        thresholds: {LD-01.p95_ms: 100, LD-02.p95_ms: 200, LD-03.p95_ms: 300}
        limits:
          maximum_age: {load: 1m, chaos: 2m, aws: 3m}
        probes:
          - {name: one, target: "http://127.0.0.1:1/", headers: {A: b, C: d, E: f}}

        """

    private func withProject(_ body: (URL) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            try Data(Self.configuration.utf8).write(to: directory.appending(path: "plumbline.yaml"))
            try await body(directory)
        }
    }

    private static let setup = ["run", "--only", "ENV-*", "--progress", "plain"]

    @Test(
        "usage errors end with 2 and say what is expected, on stderr alone",
        arguments: [
            (["--bogus"], "--bogus"), (["run", "--allow", "write"], "did you mean ‘writes’"),
            (["run", "--phase", "9"], "phase"), (["run", "--retries", "77"], "0 to 5"), (["frobnicate"], "frobnicate"),
            (["reslts", "some.tar.gz"], "did you mean ‘results’?"),
            (["report", "missing.tar.gz"], "missing.tar.gz"), (["diff", "missing.tar.gz", "missing"], "missing"),
            (["explain", "missing.tar.gz", "CB-01"], "missing.tar.gz"),
            (["render", "missing.tar.gz"], "missing.tar.gz"),
            (["verify"], "bundle"), (["results", "--status", "great"], "status"),
            (["plan", "--breaker-patience", "soon"], "breaker-patience"), (["checks", "show", "CB-99"], "CB-"),
            (["run", "--log-level", "loud"], "loud"), (["undo", "--guard"], "--run"),
            (["plan", "--only", "SH-5x"], "the nearest are SH-5"), (["checks", "--only", "QQQQ-*"], "SH-*"),
            (["run", "--only", "CB-01", "--only", "NO-SUCH-CHECK-9"], "no check matches ‘NO-SUCH-CHECK-9’"),
            (["plan", "--config", "missing.yaml"], "missing.yaml"), (["verify", "missing.tar.gz"], "missing.tar.gz"),
            (["run", "--baseline", "missing.tar.gz"], "missing.tar.gz"), (["results"], "there is no .plumbline"),
        ])
    func usageErrors(arguments: [String], mention: String) async throws {
        try await withProject { directory in
            let end = try await CommandLineProcess.run(arguments, in: directory)
            #expect(end.status == 2)
            #expect(end.errors.contains(mention), "\(end.errors)")
            #expect(end.output.isEmpty)
        }
    }

    @Test(
        "asking for help or the version is no error, and the answer goes to stdout",
        arguments: ["--help", "--version", "run --help"])
    func help(arguments: String) async throws {
        try await withTemporaryDirectory { directory in
            let end = try await CommandLineProcess.run(arguments.split(separator: " ").map(String.init), in: directory)
            #expect(end.status == 0 && !end.output.isEmpty && end.errors.isEmpty)
        }
    }

    @Test("the manual page has a section for every command of the help, and no line that roff takes for its own")
    func manual() async throws {
        try await withTemporaryDirectory { directory in
            let help = try await CommandLineProcess.run(["--help"], in: directory)
            let page = try await CommandLineProcess.run(["manual"], in: directory)
            #expect(page.status == 0 && page.output.hasPrefix(".TH PLUMBLINE 1 "))
            let commands = try #require(help.output.components(separatedBy: "SUBCOMMANDS:").last)
                .matches(of: #/\n  ([a-z]+) /#).map { String($0.1) }
            #expect(commands.contains("run") && commands.contains("schema"))
            for command in commands { #expect(page.output.contains("\n.SS plumbline \(command)\n"), "\(command)") }
            let requests: Set = [".TH", ".SH", ".SS", ".TP", ".PP", ".B", ".BR", ".I", ".nf", ".fi"]
            for line in page.output.split(separator: "\n") where line.hasPrefix(".") || line.hasPrefix("'") {
                #expect(requests.contains(String(line.prefix { $0 != " " })), "\(line)")
            }
        }
    }

    @Test("a wrong configuration ends with 2 and names every mistake with file and line")
    func wrongConfiguration() async throws {
        try await withProject { directory in
            let text = "environment: nowhere\nservces: {}\nlimits:\n  parallel_checks: lots\n"
            try Data(text.utf8).write(to: directory.appending(path: "wrong.yaml"))
            for command in ["run", "plan", "undo"] {
                let end = try await CommandLineProcess.run([command, "--config", "wrong.yaml"], in: directory)
                #expect(end.status == 2)
                #expect(end.errors.contains("wrong.yaml:2: servces: "))
                #expect(end.errors.contains("did you mean ‘services’?"))
                #expect(
                    end.errors.contains(
                        "wrong.yaml:4: limits.parallel_checks: expected a whole number from 1 to 64, got ‘lots’"))
            }
        }
    }

    @Test("the plan is the same to the byte in every process, resume keys included, and shows no secret")
    func plan() async throws {
        try await withProject { directory in
            let environment = ["PLUMBLINE_TEST_KEY": "swordfish-one", "PLUMBLINE_TEST_OTHER": "swordfish-two"]
            var outputs: Set<String> = []
            for _ in 0..<4 {
                let end = try await CommandLineProcess.run(["plan", "--json"], in: directory, environment: environment)
                #expect(end.status == 0)
                #expect(!end.output.contains("swordfish"))
                outputs.insert(end.output)
            }
            #expect(outputs.count == 1)
            let plan = try JSON.decode(JSONValue.self, from: Data((outputs.first ?? "").utf8))
            let entries = try #require(plan["entries"]?.array)
            #expect(entries.count > 60)
            #expect(entries.contains { $0["resumeKey"]?["configuration"]?.string?.count == 64 })
        }
    }

    @Test("the plan lists every check with phase, category, needs and what becomes of it and why")
    func planTable() async throws {
        try await withProject { directory in
            let end = try await CommandLineProcess.run(["plan"], in: directory)
            let lines = end.output.split(separator: "\n")
            #expect(lines.first?.hasPrefix("ID ") == true)
            #expect(lines.contains { $0.hasPrefix("CB-01 ") && $0.contains("core-tests") })
            #expect(
                lines.contains {
                    $0.hasPrefix("LD-") && $0.contains("skip because not allowed") && $0.contains("--allow load")
                })
            #expect(end.output.contains(" checks will run."))
        }
    }

    @Test("a run of the setup leaves a bundle that verifies, and its exit code is the verdict's")
    func setupRun() async throws {
        try await withProject { directory in
            let end = try await CommandLineProcess.run(Self.setup + ["--json"], in: directory)
            let answer = try #require(end.json, "\(end.errors)")
            #expect(answer.at("verdict.exitCode")?.number == Double(end.status))
            let bundle = try #require(answer["bundle"]?.string)
            let verified = try await CommandLineProcess.run(["verify", bundle, "--json"], in: directory)
            #expect(verified.status == 0 && verified.json?["sound"] == true)
            #expect(verified.json?.at("verdict.exitCode") == answer.at("verdict.exitCode"))

            // Other templates make other documents: that proves nothing.
            let templates = directory.appending(path: "templates")
            try FileManager.default.createDirectory(at: templates, withIntermediateDirectories: true)
            try Data("# Another summary\n".utf8).write(to: templates.appending(path: "SUMMARY.md"))
            let other = try await CommandLineProcess.run(
                ["verify", bundle, "--templates", "templates"], in: directory)
            #expect(other.status == 5 && other.output.contains("not compared: SUMMARY.md"), "\(other.output)")

            let again = try await CommandLineProcess.run(["render", bundle, "--out", "again"], in: directory)
            #expect(again.output.hasPrefix("\(answer["sha256"]?.string ?? "?")  "), "\(again.output) \(again.errors)")

            let whole = try Data(contentsOf: URL(fileURLWithPath: bundle, relativeTo: directory))
            try whole.dropLast(100).write(to: directory.appending(path: "cut.tar.gz"))
            try Data("no bundle at all".utf8).write(to: directory.appending(path: "other.tar.gz"))
            for name in ["cut.tar.gz", "other.tar.gz"] {
                for command in [
                    ["verify", name], ["results", name], ["render", "--out", "rendered", name], ["report", name],
                    ["explain", name, "ENV-01"], ["diff", bundle, name], ["diff", name, bundle],
                ] {
                    let cut = try await CommandLineProcess.run(command, in: directory)
                    #expect(cut.status == 8, "\(command): \(cut.output) \(cut.errors)")
                }
            }
        }
    }

    /// A file of the only bundle below `out`.
    private func bundled(_ file: String, in directory: URL) throws -> Data {
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path + "/out")
        let bundle = try #require(names.sorted().last { $0.hasSuffix(".tar.gz") })
        try ServerProcess.run(["tar", "-xzf", directory.path + "/out/" + bundle, "-C", directory.path, file])
        return try Data(contentsOf: directory.appending(path: file))
    }

    @Test("a run goes on with the trace of its pipeline, also when it is taken up again, and its log names the spans")
    func trace() async throws {
        let pipeline = "0af7651916cd43dd8448eb211c80319c"
        try await withProject { directory in
            func spans() throws -> [JSONValue] {
                let trace = try JSON.decode(JSONValue.self, from: try bundled("trace.json", in: directory))
                return try #require(trace.at("resourceSpans[0].scopeSpans[0].spans")?.array)
            }
            _ = try await CommandLineProcess.run(
                Self.setup, in: directory, environment: ["TRACEPARENT": "00-\(pipeline)-b7ad6b7169203331-01"])
            let before = try spans()
            #expect(before.allSatisfy { $0["traceId"]?.string == pipeline })
            #expect(before.first?["parentSpanId"]?.string == "b7ad6b7169203331")

            let runs = directory.appending(path: ".plumbline/runs")
            let run = try #require(try FileManager.default.contentsOfDirectory(atPath: runs.path).first)
            let log = try String(contentsOf: runs.appending(path: run + "/logs/plumbline.jsonl"), encoding: .utf8)
            let lines = try log.split(separator: "\n").map { try JSON.decode(JSONValue.self, from: Data($0.utf8)) }
                .filter { $0["run"] != nil }
            #expect(!lines.isEmpty)
            for line in lines {
                #expect(line["trace_id"]?.string == pipeline)
                #expect(before.contains { $0["spanId"] == line["span_id"] } || line["check"] != nil)
            }
            let check = try #require(before.last { $0["name"]?.string?.hasPrefix("ENV-") ?? false })
            #expect(lines.contains { $0["check"] == check["name"] && $0["span_id"] == check["spanId"] })

            // As a death before the last event leaves it; the next attempt of the pipeline has another trace.
            let journal = runs.appending(path: run + "/journal.jsonl")
            let events = try String(contentsOf: journal, encoding: .utf8).split(separator: "\n")
            try Data((events.dropLast().joined(separator: "\n") + "\n").utf8).write(to: journal)
            _ = try await CommandLineProcess.run(
                Self.setup, in: directory,
                environment: ["TRACEPARENT": "00-11111111111111111111111111111111-b7ad6b7169203331-01"])
            let after = try spans()
            #expect(after.map { $0["spanId"] } == before.map { $0["spanId"] })
            #expect(after.allSatisfy { $0["traceId"]?.string == pipeline })
            #expect(after.first?.at("events[0].name")?.string == "resumed")
        }
    }

    @Test("a malformed trace is told and ignored, and hides nothing in the terminal")
    func malformedTrace() async throws {
        try await withProject { directory in
            let end = try await CommandLineProcess.run(
                Self.setup, in: directory, environment: ["TRACEPARENT": "00-\u{1B}[2J-b7ad6b7169203331-01"])
            #expect(end.errors.contains("TRACEPARENT is ignored") && !end.errors.contains("\u{1B}"), "\(end.errors)")
            let trace = try JSON.decode(JSONValue.self, from: try bundled("trace.json", in: directory))
            let root = trace.at("resourceSpans[0].scopeSpans[0].spans[0]")
            #expect(root?["name"]?.string == "plumbline run" && root?["parentSpanId"] == nil)
        }
    }

    @Test(
        "the last line of a run, of verify and of results is the verdict that the summary gives; quiet leaves nothing but it"
    )
    func lastLine() async throws {
        try await withProject { directory in
            for options in [["--progress", "plain"], ["--progress", "bar"], ["--quiet"]] {
                let end = try await CommandLineProcess.run(
                    ["run", "--only", "ENV-*", "--resume", "never"] + options, in: directory)
                let lines = end.errors.split(separator: "\n")
                #expect(options != ["--quiet"] || lines.count == 1, "\(end.errors)")
                let last = try #require(lines.last?.firstMatch(of: #/verdict: (.+) \(exit (\d+)\): (.+)$/#))
                #expect(last.2 == "\(end.status)")
                let bundle = end.output.trimmingCharacters(in: .whitespacesAndNewlines)
                try ServerProcess.run(["tar", "-xzf", bundle, "-C", directory.path, "SUMMARY.md"])
                let summary = try String(contentsOf: directory.appending(path: "SUMMARY.md"), encoding: .utf8)
                #expect(
                    summary.contains("**\(last.1.uppercased())** (exit code \(last.2)): "), "\(summary.prefix(300))")
                // The document escapes what Markdown would take for its own.
                #expect(summary.replacing("\\", with: "").contains(". \(last.3).\n"), "\(summary.prefix(600))")
                for command in ["verify", "results"] {
                    let read = try await CommandLineProcess.run([command, bundle], in: directory)
                    #expect(
                        read.output.split(separator: "\n").last.map { $0.hasSuffix(last.0) } == true, "\(read.output)")
                }
            }
        }
    }

    @Test(
        "closed streams and readers that have gone end no run and get into no file",
        arguments: [
            "exec \"$@\" >&- 2>&-", "exec \"$@\" <&- >&- 2>&-", "set -o pipefail; \"$@\" 2>&1 | head -c 1 >/dev/null",
            "exec \"$@\" >/dev/full 2>/dev/full",
        ])
    func closedStreams(script: String) async throws {
        try await withProject { directory in
            let normal = try await CommandLineProcess.run(Self.setup, in: directory)
            let end = try await CommandLineProcess.run(
                Self.setup + ["--state", "other", "--out", "other-out", "--log-level", "debug"], in: directory,
                wrapper: ["bash", "-c", script, "bash"])
            #expect(end.status == normal.status)
            let results = try await CommandLineProcess.run(["results", "--state", "other", "--json"], in: directory)
            #expect(results.status == 0, "\(results.errors)")
            let bundles = try FileManager.default.contentsOfDirectory(
                atPath: directory.appending(path: "other-out").path)
            let bundle = try #require(bundles.first { $0.hasSuffix(".tar.gz") })
            let verified = try await CommandLineProcess.run(["verify", "other-out/\(bundle)"], in: directory)
            #expect(verified.status == 0, "\(verified.output)")
        }
    }

    @Test("a place for the bundle that cannot be written is found out before anything runs")
    func unwritableOutput() async throws {
        try await withProject { directory in
            try Data().write(to: directory.appending(path: "file"))
            let end = try await CommandLineProcess.run(Self.setup + ["--out", "file/out"], in: directory)
            #expect(end.status == 2)
            #expect(end.errors.contains("--out") && !end.errors.contains("ENV-01"))
        }
    }

    @Test("a state directory of another environment, with foreign files or not to be written is refused with 2")
    func stateDirectories() async throws {
        try await withProject { directory in
            _ = try await CommandLineProcess.run(Self.setup, in: directory)
            let other = Self.configuration.replacing("environment: nowhere", with: "environment: elsewhere")
            try Data(other.utf8).write(to: directory.appending(path: "other.yaml"))
            let refused = try await CommandLineProcess.run(Self.setup + ["--config", "other.yaml"], in: directory)
            #expect(refused.status == 2)
            #expect(refused.errors.contains("belongs to environment ‘nowhere’"))
            let foreign = try await CommandLineProcess.run(Self.setup + ["--state", "."], in: directory)
            #expect(foreign.status == 2 && foreign.errors.contains("holds other files"))
            let system = try await CommandLineProcess.run(Self.setup + ["--state", "/proc/plumbline"], in: directory)
            #expect(system.status == 2 && system.errors.contains("/proc/plumbline"))
        }
    }

    @Test("a state directory on a file system that is read only is refused with 2 and the reason")
    func readOnly() async throws {
        // Mounting needs root, which `ci/test` has in its container; without it a directory without leave does.
        try await withProject { directory in
            _ = try await CommandLineProcess.run(Self.setup + ["--state", "disk/state"], in: directory)
            let disk = directory.appending(path: "disk").path
            if geteuid() == 0 {
                try ServerProcess.run(["mount", "--bind", disk, disk])
                try ServerProcess.run(["mount", "-o", "remount,bind,ro", disk])
            } else {
                try ServerProcess.run(["chmod", "-R", "a-w", disk])
            }
            let end = try await CommandLineProcess.run(Self.setup + ["--state", "disk/state"], in: directory)
            if geteuid() == 0 {
                try ServerProcess.run(["umount", disk])
            } else {
                try ServerProcess.run(["chmod", "-R", "u+w", disk])
            }
            #expect(end.status == 2)
            #expect(
                end.errors.contains("Read-only file system") || end.errors.contains("Permission denied"),
                "\(end.errors)")
        }
    }

    @Test("a journal that is damaged stops the command and is left as it is; --resume never goes on")
    func damagedJournal() async throws {
        try await withProject { directory in
            _ = try await CommandLineProcess.run(Self.setup, in: directory)
            let runs = directory.appending(path: ".plumbline/runs")
            let name = try #require(try FileManager.default.contentsOfDirectory(atPath: runs.path).first)
            let file = runs.appending(path: name).appending(path: "journal.jsonl")
            var bytes = try Data(contentsOf: file)
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: file)
            for command in [Self.setup, ["results"], ["render"]] {
                let end = try await CommandLineProcess.run(command, in: directory)
                // What only reads tells what is damaged from what is missing.
                #expect(end.status == (command == ["results"] ? 8 : 2), "\(command)")
                #expect(end.errors.contains("journal.jsonl is damaged at line"))
            }
            #expect(try Data(contentsOf: file) == bytes)
            let anew = try await CommandLineProcess.run(Self.setup + ["--resume", "never"], in: directory)
            #expect(anew.status != 2 && anew.status != 1)
        }
    }
}
