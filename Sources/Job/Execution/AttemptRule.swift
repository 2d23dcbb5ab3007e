import RunModel

/// How often a check is run, and what its attempts amount to. A value without clocks or tasks.
struct AttemptRule: Hashable, Sendable {
    /// How often a check that did not pass is tried again; the first pass ends it.
    var retries = 0
    /// How often each check is run whatever comes of it, to find out whether it is stable.
    var repeats = 1

    /// - Parameter earlier: how many attempts there were before this one.
    func wantsAnother(after outcome: Outcome, earlier: Int) -> Bool {
        // What cannot be done here cannot be done the next time either.
        if outcome.status == .skipped { return false }
        if repeats > 1 { return earlier + 1 < repeats }
        return Self.isBad(outcome) && earlier < retries
    }

    /// The outcome of all attempts, oldest first; there is at least one.
    ///
    /// Passing only sometimes is flaky, and everything else is as bad as the worst attempt.
    func outcome(of attempts: [Outcome]) -> Outcome {
        guard let last = attempts.last else { return .error("the check was not run") }
        guard attempts.count > 1 else { return last }
        let passes = attempts.count { $0.status == .passed }
        if repeats <= 1 {
            guard case .passed(let note) = last else { return last }
            return .flaky("passed on attempt \(attempts.count): \(note)")
        }
        let worst = Status.rollUp(attempts.map(\.status))
        let decisive = attempts.last { $0.status == worst } ?? last
        if passes == attempts.count { return .passed("\(passes) of \(passes) times: \(last.message)") }
        if passes > 0, Self.isBad(decisive) {
            return .flaky("passed \(passes) of \(attempts.count) times; else: \(decisive.message)")
        }
        return decisive
    }

    private static func isBad(_ outcome: Outcome) -> Bool {
        [.failed, .timeout, .error].contains(outcome.status)
    }
}
