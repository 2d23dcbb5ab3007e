import Foundation
import Testing

@testable import Submission

/// How a submission ends, as the table of the guide says it.
extension SubmissionTests {
    struct Ending: Sendable {
        var what: String
        var answers: [String: [FakeECS.Answer]]
        /// Of the result that the job leaves; nil when it leaves none.
        var code: Int?
        var leftBy = 0
        var isStopped = false
    }

    private static func exited(_ code: Int) -> FakeECS.Answer {
        FakeECS.tasks("STOPPED", stopCode: "EssentialContainerExited", exitCode: code)
    }

    private static let interrupted = FakeECS.tasks(
        "STOPPED", stopCode: "SpotInterruption", reason: "Your Spot Task was interrupted.")

    private static let endings =
        [
            Ending(what: "success", answers: ["DescribeTasks": [exited(0)]], code: 0),
            Ending(what: "gate failed", answers: ["DescribeTasks": [exited(3)]], code: 3),
            Ending(what: "inconclusive", answers: ["DescribeTasks": [exited(5)]], code: 5),
            Ending(what: "stopped for safety", answers: ["DescribeTasks": [exited(6)]], code: 6),
            Ending(what: "the container's code is another", answers: ["DescribeTasks": [exited(1)]], code: 3),
            Ending(
                what: "Ctrl-C",
                answers: [
                    "DescribeTasks": [
                        FakeECS.tasks("RUNNING"), FakeECS.tasks("STOPPED", stopCode: "UserInitiated", exitCode: 143),
                    ]
                ], code: 143, isStopped: true),
            Ending(
                what: "Ctrl-C before the job began",
                answers: [
                    "DescribeTasks": [FakeECS.tasks("STOPPED", stopCode: "UserInitiated", reason: "stopped by whoever")]
                ], isStopped: true),
            Ending(
                what: "Spot takes the capacity back",
                answers: ["DescribeTasks": [FakeECS.tasks("RUNNING"), interrupted, exited(0)]], code: 0, leftBy: 2),
            Ending(
                what: "Spot takes it back from five tasks",
                answers: [
                    "DescribeTasks": (0..<5).flatMap { _ in [FakeECS.tasks("RUNNING"), interrupted] }
                ]),
            Ending(
                what: "submitted again after that", answers: ["DescribeTasks": [interrupted, interrupted, exited(0)]],
                code: 0, leftBy: 3),
            Ending(
                what: "DescribeTasks is throttled",
                answers: ["DescribeTasks": [.error("ThrottlingException", "Rate exceeded"), exited(0)]], code: 0),
            Ending(
                what: "DescribeTasks is throttled for five minutes",
                answers: ["DescribeTasks": [.error("ThrottlingException", "Rate exceeded")]]),
            Ending(
                what: "the log group is missing",
                answers: [
                    "DescribeTasks": [exited(0)],
                    "GetLogEvents": [.error("ResourceNotFoundException", "The specified log group does not exist.")],
                ], code: 0),
        ] + failures.map { Ending(what: "no result: " + $0.name, answers: $0.answers) }

    private static func row(of ending: Ending) async -> String {
        let (code, said): (Int32, String)
        do throws(TaskFinding) {
            let (result, shown, _) = try await run(
                ending.answers, code: ending.code, leftBy: ending.leftBy, stopping: { ending.isStopped })
            // Every task says what state it is in.
            let notes = shown.notes.split(separator: "\n").filter { !$0.hasPrefix("task 1: ") }
            (code, said) = (result.exitCode, notes.joined(separator: "; "))
        } catch {
            (code, said) = (Submission.exitCodeWithoutResult(isStopped: ending.isStopped), "\(error)")
        }
        return "| \(ending.what) | \(code) | \(said) |"
    }

    private static let guide = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../ci/ecs/README.md").standardized
    private static let head =
        "| what happens | exit code | what is said, besides the job's log and verdict |\n| --- | ---: | --- |\n"

    /// `PLUMBLINE_RENEW_GOLDEN=1` writes it again.
    @Test func `the guide's table says how submissions end`() async throws {
        var rows: [String] = []
        for ending in Self.endings { rows.append(await Self.row(of: ending)) }
        let text = try String(contentsOf: Self.guide, encoding: .utf8)
        let start = try #require(text.range(of: Self.head))
        let end = text.range(of: "\n\n", range: start.upperBound..<text.endIndex)?.lowerBound ?? text.endIndex
        let table = rows.joined(separator: "\n") + (end == text.endIndex ? "\n" : "")
        if ProcessInfo.processInfo.environment["PLUMBLINE_RENEW_GOLDEN"] == "1" {
            try text.replacingCharacters(in: start.upperBound..<end, with: table)
                .write(to: Self.guide, atomically: true, encoding: .utf8)
        } else {
            #expect(String(text[start.upperBound..<end]) == table)
        }
    }
}
