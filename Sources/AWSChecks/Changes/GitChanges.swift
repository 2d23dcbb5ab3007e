import Formats
import Foundation
import Processes
import RunModel
import Secrets
import Settings

/// Commits as changes, from `git log`.
enum GitChanges {
    /// Unit and record separators, because subjects may hold anything else.
    private static let format = "%x1e%H%x1f%cI%x1f%an%x1f%s"
    private static let deadline = Duration.seconds(30)
    /// Paths kept of one commit.
    private static let largestPathCount = 20

    /// The commits of a range, or why there are none.
    static func read(_ range: ChangeSettings.GitRange) async -> (changes: [Change], gap: String?) {
        let place = "git range \(range.range) of \(range.repository)"
        let launch = ProcessLaunch(
            arguments: [
                "git", "-C", range.repository, "-c", "log.showSignature=false", "log", "--no-color", "--name-only",
                "--format=" + format, range.range, "--",
            ], environment: environment)
        do {
            let result = try await CommandRun.run(launch, deadline: deadline, outputLimit: 16 << 20)
            guard result.ending == .exited(0) else {
                let reason = result.error.text.split(whereSeparator: \.isNewline).first.map(String.init)
                return ([], "\(place): git ended with \(result.ending): \(reason ?? "no message")")
            }
            let gap = result.output.isComplete ? nil : "\(place): more than 16 MB of commits; the middle is left out"
            return (commits(in: result.output.text), gap)
        } catch {
            return ([], "\(place): \(error)")
        }
    }

    /// Enough to find the program and its settings, and nothing that could make it ask or open something.
    private static var environment: [String: String] {
        ["GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C.UTF-8"]
            .merging(CleanEnvironment.variables()) { own, _ in own }
    }

    static func commits(in log: String) -> [Change] {
        log.split(separator: "\u{1e}").compactMap { record in
            let lines = record.split(whereSeparator: \.isNewline)
            let parts = (lines.first ?? "").split(separator: "\u{1f}", omittingEmptySubsequences: false).map(
                String.init)
            guard parts.count == 4, let date = Timestamp.date(parts[1]) else { return nil }
            let paths = lines.dropFirst().prefix(largestPathCount).map { hiddenPath(String($0)) }
            return Change(
                id: parts[0], origin: .git, kind: .code, at: date, actor: hidden(parts[2]), action: hidden(parts[3]),
                resources: [String(parts[0].prefix(12))] + paths)
        }
    }

    /// Whoever commits a secret often says so in the subject.
    private static func hidden(_ text: String) -> String { HiddenValue.masked(sentence: text).excerpt(300) }

    private static func hiddenPath(_ text: String) -> String {
        Redactor.current.masked(HiddenValue.masked(text: text)).excerpt(300)
    }
}
