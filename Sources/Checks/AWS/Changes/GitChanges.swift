import Foundation
import RunModel

/// Commits as changes, from the output of `git log --format=%H%x1f%aI%x1f%an%x1f%s`.
enum GitChanges {
    static let format = "%H%x1f%aI%x1f%an%x1f%s"

    static func read(_ log: String) -> [Change] {
        log.split(whereSeparator: \.isNewline).compactMap { line in
            let parts = line.split(separator: "\u{1f}", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 4, let date = Timestamp.date(parts[1]) else { return nil }
            return Change(
                id: parts[0], origin: .git, kind: .code, at: date, actor: parts[2], action: parts[3],
                resources: [String(parts[0].prefix(12))])
        }
    }
}
