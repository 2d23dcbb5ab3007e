import ArgumentParser
import Formats
import Foundation
import Job

#if canImport(Glibc)
    import Glibc
#endif

/// How progress shows on stderr.
enum ProgressStyle: String, ExpressibleByArgument, CaseIterable {
    case auto, bar, plain, none

    func display(environment: [String: String]) -> any ProgressDisplay {
        switch self {
        case .none: SilentProgress()
        case .plain: PlainProgress(folding: Folding(environment))
        case .bar: LiveProgress()
        case .auto:
            isatty(STDERR_FILENO) == 1 && environment["CI"] == nil && environment["TERM"] != "dumb"
                ? LiveProgress() : PlainProgress(folding: Folding(environment))
        }
    }
}

/// Shows what happens during a run.
protocol ProgressDisplay: Sendable {
    var show: @Sendable (ProgressEvent) -> Void { get }
}

/// Only the verdict, as the last line.
struct SilentProgress: ProgressDisplay {
    var show: @Sendable (ProgressEvent) -> Void {
        { event in
            if case .finished(let line) = event { StandardError.write("\(TerminalText.safe(line))\n") }
        }
    }
}

/// The marks by which a pipeline folds lines into groups.
enum Folding {
    case gitHub, gitLab, none

    init(_ environment: [String: String]) {
        if environment["GITHUB_ACTIONS"] != nil {
            self = .gitHub
        } else if environment["GITLAB_CI"] != nil {
            self = .gitLab
        } else {
            self = .none
        }
    }

    func begin(_ title: String, name: String) -> String {
        switch self {
        case .gitHub: "::group::\(title)\n"
        case .gitLab: "\u{1B}[0Ksection_start:\(Date().wholeSecondsSince1970):\(name)\r\u{1B}[0K\(title)\n"
        case .none: "\(title)\n"
        }
    }

    func end(name: String) -> String {
        switch self {
        case .gitHub: "::endgroup::\n"
        case .gitLab: "\u{1B}[0Ksection_end:\(Date().wholeSecondsSince1970):\(name)\r\u{1B}[0K\n"
        case .none: ""
        }
    }
}
