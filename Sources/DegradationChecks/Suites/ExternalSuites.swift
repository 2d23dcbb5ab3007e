import CheckKit
import Formats
import Foundation
import Processes
import RunModel
import Secrets
import Settings

/// The test suites of the team's own that the configuration names (`suites:`): for each a check that its interpreter and
/// packages are there, and the suite itself; and one for the coverage of all together.
struct ExternalSuites: CheckFamily {
    func checks(for configuration: Configuration) -> [any Check] {
        let suites = configuration.suites.flatMap { suite -> [any Check] in
            [SuitePreparation(suite: suite), SuiteRun(suite: suite)]
        }
        let hasCoverage = configuration.suites.contains { $0.cobertura != nil }
        return suites + (hasCoverage ? [SuiteCoverage(suites: configuration.suites)] : [])
    }

    /// Upper-case letters, digits and hyphens, as ids are.
    static func id(_ suite: SuiteSettings, _ suffix: String = "") -> CheckID {
        let name = suite.name.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        return CheckID("SUITE-" + String(name) + suffix)
    }
}

// The checks of a family are made by it, so their conformance stands apart from their declaration.

/// Interpreter, version and packages of a suite.
struct SuitePreparation {
    let suite: SuiteSettings
}

extension SuitePreparation: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: ExternalSuites.id(suite, "-ENV"), title: "What the suite ‘\(suite.name)’ needs is there",
            intent: "A suite that cannot start says nothing about the platform.",
            procedure: "Ask the interpreter for its version, then run the configured setup.",
            category: .environment, phase: .setup, severity: .medium, isCritical: suite.isCritical,
            deadline: .seconds(330), risk: "The suite does not run.",
            remediation: Remediation(summary: "Install the interpreter, or correct `suites` in the configuration."))
    }

    func omission(under configuration: Configuration) -> String? {
        suite.interpreter == nil && suite.setup.isEmpty
            ? "the suite names neither `interpreter` nor `setup`, so nothing is asked for" : nil
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        var notes: [String] = []
        if let interpreter = suite.interpreter {
            let result = try await SuiteCommand(suite: suite, context: context).run(
                [interpreter, "--version"], deadline: .seconds(20), title: "version of the interpreter")
            let text = result.output.text + result.error.text
            guard result.ending == .exited(0), let version = Version(text) else {
                return .failed(
                    .suite(.setup),
                    "\(interpreter) does not report its version", expected: "a version", got: text.excerpt(200))
            }
            if let minimum = suite.minimumVersion.flatMap(Version.init), version < minimum {
                return .failed(
                    .suite(.setup),
                    "\(interpreter) is too old", expected: "\(minimum) or later", got: "\(version)")
            }
            notes.append("\(interpreter) \(version)")
        }
        if !suite.setup.isEmpty {
            let result = try await SuiteCommand(suite: suite, context: context).run(
                suite.setup, deadline: .seconds(300), title: "setup of the suite")
            guard result.ending == .exited(0) else {
                return .failed(
                    .suite(.setup),
                    "the setup does not succeed", expected: "status 0",
                    got: "\(result.ending): \(result.error.text.excerptOfEnd(300))")
            }
            notes.append("setup done in \(result.duration.readable)")
        }
        return .passed(notes.joined(separator: ", "))
    }
}

/// The suite itself.
struct SuiteRun {
    let suite: SuiteSettings
}

extension SuiteRun: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: ExternalSuites.id(suite), title: "The suite ‘\(suite.name)’ passes",
            intent: "The team's own tests, with their own judgement.",
            procedure: "Run `\(suite.command.joined(separator: " "))`, read its report, compare both.",
            category: suite.category, phase: .coreTests, severity: suite.isCritical ? .high : .medium,
            isCritical: suite.isCritical,
            dependsOn: suite.interpreter == nil && suite.setup.isEmpty ? [] : [ExternalSuites.id(suite, "-ENV")],
            // Beyond the suite's own deadline its children are killed and its report is read.
            deadline: suite.deadline + .seconds(60), risk: "What the suite guards is broken.",
            remediation: Remediation(summary: "Look at the failing tests in the evidence."))
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let startedAt = Date()
        let command = SuiteCommand(suite: suite, context: context)
        let result = try await command.run(suite.command, deadline: suite.deadline, title: "output of the suite")
        var results = command.results(since: startedAt, console: result.output.text)
        results.running = PytestConsole.running(console: result.output.text, errors: result.error.text)
        // Whoever merges the coverage takes no report that is older.
        if case .exited = result.ending {
            context.recorder.establish(.suiteStart(suite.name), Timestamp.text(startedAt))
        }
        if let data = try? JSON.prettyData(results) {
            context.recorder.attach(Evidence("tests of the suite", fileExtension: "json", bytes: [UInt8](data)))
        }
        for status in [SuiteResults.Test.Status.passed, .failed, .error, .skipped] {
            context.recorder.measure(
                Metric("suite.tests", Double(results.count(status)), .count, labels: ["status": status.rawValue]))
        }
        if result.leftovers > 0 {
            context.log.warning("the suite left \(result.leftovers) processes behind; they were killed")
        }
        let words = Self.lastLine(of: result.error.bytes) ?? Self.lastLine(of: result.output.bytes) ?? "no output"
        context.recorder.touch(.call(.vantage, Component(.suite, suite.name), held: result.ending == .exited(0)))
        return SuiteJudgement(suite: suite, ending: result.ending, results: results, lastWords: words).outcome()
    }

    /// The last line that is not empty, from the end of the bytes.
    private static func lastLine(of bytes: [UInt8]) -> String? {
        let lines = String(decoding: bytes, as: UTF8.self).excerptOfEnd(4096).split(whereSeparator: \.isNewline)
        return lines.last { !$0.allSatisfy(\.isWhitespace) }.map { $0.excerpt(300) }
    }
}

/// The coverage of all suites as one.
struct SuiteCoverage {
    let suites: [SuiteSettings]
}

extension SuiteCoverage: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "SUITES-COVERAGE", title: "The coverage of the suites can be merged",
            intent: "One figure for what all suites together exercise.",
            procedure: "Read the Cobertura file of each suite and add their hits line by line.", category: .suites,
            phase: .validation, severity: .low, deadline: .seconds(60),
            risk: "Nobody knows what is not tested.",
            remediation: Remediation(summary: "Let each suite write Cobertura XML to the configured path."))
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        var report = CoverageReport()
        var missing: [String] = []
        for suite in suites {
            guard let path = suite.cobertura else { continue }
            let command = SuiteCommand(suite: suite, context: context)
            guard let start = context.facts[.suiteStart(suite.name)].flatMap(Timestamp.date) else {
                missing.append("\(suite.name) (it did not end by itself in this run)")
                continue
            }
            guard SuiteCommand.wasWritten(command.path(path), since: start) else {
                missing.append("\(suite.name) (\(path) was not written by this run)")
                continue
            }
            do throws(OutsideFileError) {
                let handle = try OutsideFile.open(command.path(path), limit: CoverageReport.largestFile)
                report.add(handle, name: path)
                try? handle.close()
            } catch {
                missing.append("\(suite.name) (\(path)\(error.isMissing ? "" : " \(error.reason)"))")
            }
        }
        context.recorder.attach(
            Evidence("merged coverage", fileExtension: "xml", text: report.cobertura))
        guard let ratio = report.ratio else {
            return .inconclusive(
                .obstacle(.notCollected, of: Component(.suite)),
                "no suite left a coverage report: \(missing.joined(separator: ", "))")
        }
        context.recorder.measure(Metric("suite.coverage", ratio, .ratio))
        context.recorder.measure(Metric("suite.lines", Double(report.lines), .count))
        context.recorder.measure(Metric("suite.lines_covered", Double(report.coveredLines), .count))
        let notes = missing.map { "no report of \($0)" } + report.problems
        let text = "\((ratio * 1000).rounded() / 10) % of \(report.lines) lines"
        return notes.isEmpty
            ? .passed(text)
            : .inconclusive(
                .obstacle(.notCollected, of: Component(.suite)), "\(text), but \(notes.joined(separator: "; "))")
    }
}
