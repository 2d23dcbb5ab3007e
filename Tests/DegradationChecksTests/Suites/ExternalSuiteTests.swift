import Formats
import Foundation
import Glibc
import HTTPClient
import Logging
import RunModel
import Settings
import TestSupport
import Testing
import UndoLog

@testable import CheckKit
@testable import DegradationChecks

/// Suites as shell commands, each with one of the ways in which suites end.
@Suite struct ExternalSuiteTests {
    static let green = "<testsuite tests=\"2\"><testcase name=\"a\"/><testcase name=\"b\"/></testsuite>"
    static let red =
        "<testsuite tests=\"2\"><testcase name=\"a\"/><testcase name=\"b\"><failure message=\"no\"/></testcase></testsuite>"

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var script: String
        var extra = ""
        var status: Status
        var says: String
        var testDescription: String { name }
    }

    static func write(_ xml: String) -> String { "printf '%s' '\(xml)' > junit.xml; " }

    static let cases: [Case] = [
        Case(name: "all green", script: write(green), status: .passed, says: "2 tests: 2 passed"),
        Case(name: "one red", script: write(red) + "exit 1", status: .failed, says: "b (no)"),
        Case(name: "red report, green exit", script: write(red), status: .failed, says: "status 0 all the same"),
        Case(
            name: "green report, red exit", script: write(green) + "echo 'coverage 70 is under 80'; exit 2",
            status: .failed, says: "coverage 70 is under 80"),
        Case(
            name: "green exit, no test", script: write("<testsuite tests=\"0\"/>"), status: .inconclusive,
            says: "no test"),
        Case(name: "no report at all", script: "true", status: .inconclusive, says: "no test was reported"),
        Case(
            name: "fewer than expected", script: write(green), extra: "expected_count: 67", status: .failed,
            says: "only 2 tests ran"),
        Case(
            name: "red, and fewer than expected", script: write(red), extra: "expected_count: 67", status: .failed,
            says: "only 2 of the 67 expected tests ran"),
        Case(
            name: "killed during a test", script: "printf 't.py::test_a PASSED\\nt.py::test_b '; kill -9 $$",
            extra: "expected_count: 67", status: .failed,
            says: "ended by signal 9 during t.py::test_b; only 1 of the 67 expected tests ran"),
        Case(
            name: "a crash that Python tells",
            script:
                "echo 'Fatal Python error: Segmentation fault' >&2; echo 'Current thread 0x1 (most recent call first):' >&2; "
                + "echo '  File \"t.py\", line 7 in test_native' >&2; kill -11 $$",
            status: .failed, says: "signal 11 during t.py::test_native (line 7)"),
        Case(
            name: "several causes",
            script: write(
                "<testsuite tests=\"3\"><testcase name=\"a\"><failure message=\"refused on port 81\"/></testcase>"
                    + "<testcase name=\"b\"><failure message=\"refused on port 82\"/></testcase>"
                    + "<testcase name=\"c\"><failure message=\"no table\"/></testcase></testsuite>"),
            status: .failed,
            says:
                "3 of 3 tests do not pass; the command ended with status 0 all the same in 2 ways: a, b (refused on port 81); c (no table)"
        ),
        Case(
            name: "report cut off", script: write(String(green.prefix(50))), status: .inconclusive, says: "incomplete"),
        Case(
            name: "announces more than it lists",
            script: write("<testsuite tests=\"9\"><testcase name=\"a\"/></testsuite>"), status: .inconclusive,
            says: "contradicts itself"),
        Case(
            name: "never ends, children and all",
            script: "echo 't.py::test_a PASSED'; echo 't.py::test_b FAILED'; sleep 300 & sleep 300",
            extra: "deadline: 1s", status: .timeout, says: "1 passed, 1 failed"),
        Case(name: "crashes", script: "kill -11 $$", status: .failed, says: "signal 11"),
        Case(
            name: "all skipped",
            script: write("<testsuite tests=\"1\"><testcase name=\"a\"><skipped/></testcase></testsuite>"),
            status: .inconclusive, says: "every test was skipped"),
        Case(
            name: "raw bytes", script: "head -c 30000000 /dev/urandom; " + write(green), status: .passed,
            says: "2 passed"),
        Case(
            name: "a gigabyte of output", script: "head -c 1000000000 /dev/zero; " + write(green), status: .passed,
            says: "2 passed"),
        Case(
            name: "a report of a gigabyte",
            script: write(String(green.dropLast("</testsuite>".count)) + "<testcase name=\"c\"><failure>")
                + "truncate -s 1G junit.xml",
            status: .inconclusive, says: "is larger than 64 MiB"),
        Case(
            name: "a child in a session of its own",
            script: write(green) + "setsid sleep 300 & echo started", status: .passed, says: "2 passed"),
        Case(name: "a stale report", script: "true", extra: "junit: stale.xml", status: .inconclusive, says: "no test"),
    ]

    @Test("every way to end has its clear status", arguments: cases)
    func endings(row: Case) async throws {
        let memory = Self.peakMemory
        try await withTemporaryDirectory { directory in
            let stale = directory.appending(path: "stale.xml")
            try Data(Self.green.utf8).write(to: stale)
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: 1_000_000)], ofItemAtPath: stale.path)
            let junit = row.extra.contains("junit") ? "" : "junit: junit.xml"
            let outcome = try await Self.run("SUITE-UNIT", directory) {
                """
                environment: test
                suites:
                  - name: unit
                    working_directory: \(directory.path)
                    command: [/bin/sh, -c, \(Self.quoted(row.script))]
                    \(junit)
                    \(row.extra)
                """
            }
            #expect(outcome.status == row.status, "\(outcome)")
            #expect("\(outcome)".contains(row.says), "\(outcome)")
            #expect(Self.processes(in: directory) == [])
        }
        #expect(Self.peakMemory - memory < 300 << 20)
    }

    /// The most memory that this process ever had, in bytes.
    private static var peakMemory: Int {
        var usage = rusage()
        getrusage(numericCast(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss * 1024
    }

    /// Processes that work in a directory: children that were left behind.
    private static func processes(in directory: URL) -> [String] {
        let path = directory.resolvingSymlinksInPath().path
        let pids = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).filter { Int($0) != nil }
        return pids.filter { pid in
            let folder = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/cwd")
            return folder.map { $0 == path || $0.hasPrefix(path + "/") } ?? false
        }
    }

    @Test func `a command that does not exist is named`() async throws {
        try await withTemporaryDirectory { directory in
            let outcome = try await Self.run("SUITE-UNIT", directory) {
                "environment: test\nsuites: [{ name: unit, command: [no-such-runner] }]\n"
            }
            #expect(outcome.status == .inconclusive)
            #expect(outcome.message.contains("no-such-runner"))
        }
    }

    static let interpreters: [(minimum: String, setup: String, status: Status)] = [
        ("1.0", "[\"true\"]", .passed), ("999.1", "[\"true\"]", .failed), ("1.0", "[\"false\"]", .failed),
    ]

    @Test("interpreter and setup are tried before the suite", arguments: interpreters)
    func preparation(minimum: String, setup: String, status: Status) async throws {
        try await withTemporaryDirectory { directory in
            let outcome = try await Self.run("SUITE-UNIT-ENV", directory) {
                """
                environment: test
                suites:
                  - { name: unit, command: ["true"], interpreter: tar, minimum_version: "\(minimum)", setup: \(setup) }
                """
            }
            #expect(outcome.status == status, "\(outcome)")
        }
    }

    /// A Cobertura file counts only when a suite that came to its end in this run has written it.
    @Test func `the coverage of an earlier run is not taken for this one's`() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "coverage.xml")
            try Data("<c><class filename=\"a\"><line number=\"1\" hits=\"1\"/></class></c>".utf8).write(to: file)
            func outcome(_ facts: [FactName: String]) async throws -> Outcome {
                try await Self.run("SUITES-COVERAGE", directory, facts: facts) {
                    """
                    environment: test
                    suites:
                      - { name: unit, command: ["true"], cobertura: coverage.xml, working_directory: \(directory.path) }
                    """
                }
            }
            let started = Timestamp.text(Date())
            #expect(try await outcome([.suiteStart("unit"): started]).status == .passed)
            let killed = try await outcome([:])
            #expect(killed.status == .inconclusive)
            #expect(killed.message.contains("unit (it did not end by itself in this run)"), "\(killed)")
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: 1_000_000)], ofItemAtPath: file.path)
            let stale = try await outcome([.suiteStart("unit"): started])
            #expect(stale.status == .inconclusive)
            #expect(stale.message.contains("coverage.xml was not written by this run"), "\(stale)")
        }
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    private static func run(
        _ id: CheckID, _ directory: URL, facts: [FactName: String] = [:], configuration text: () -> String
    ) async throws -> Outcome {
        let configuration = try Configuration.parse(text(), path: "test.yaml", environment: [:])
        let check = try #require(DegradationCatalogue.list.checks(for: configuration).first { $0.descriptor.id == id })
        let log = UndoLog(path: directory.path + "/undo.jsonl")
        let http = HTTPClient()
        let context = CheckContext(
            services: RunServices(
                configuration: configuration, runID: RunID(rawValue: "run"), http: http, undoLog: log,
                undoReplay: UndoReplay(log: log, performer: UndoPerformer(transport: http, permission: { _ in nil })),
                environment: ["PATH": "/usr/bin:/bin"], vantage: "test"), descriptor: check.descriptor, facts: facts,
            recorder: Recorder(), log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        do { return try await check.run(context) } catch let stop as Stop { return stop.outcome }
    }
}
