import Foundation
import Glibc

/// Asks a person on a terminal, line by line.
struct Interview {
    /// Nil where nobody can answer: stdin or stderr is no terminal, or a pipeline runs us.
    init?(environment: [String: String]) {
        guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1, environment["CI"] == nil else { return nil }
    }

    /// The answer, or the value that counts when nothing is typed; nil for neither.
    ///
    /// - Parameter objection: why an answer cannot be taken; nil when it can. The question is asked again then.
    func ask(_ question: String, default fallback: String? = nil, problem objection: (String) -> String? = { _ in nil })
        -> String?
    {
        let hint = fallback.map { " [\($0)]" } ?? " (empty for none)"
        for _ in 0..<Self.patience {
            StandardError.write("\(question)\(hint): ")
            // The end of the input is an answer too.
            guard let line = readLine() else { return fallback }
            let answer = line.trimmingCharacters(in: .whitespaces)
            if answer.isEmpty { return fallback }
            guard let problem = objection(answer) else { return answer }
            StandardError.write("  \(problem)\n")
        }
        return fallback
    }

    /// Yes unless the answer begins with n.
    func agrees(to question: String) -> Bool {
        !(ask("\(question) (yes/no)", default: "yes") ?? "yes").lowercased().hasPrefix("n")
    }

    /// How often a question is asked before its default counts.
    private static let patience = 5
}
