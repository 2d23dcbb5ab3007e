import Formats

/// How much of a journal that comes from outside is read. A run of 10,000 checks stays below each of them: 1.5 KB and 40 values a
/// check, two thirds of it in the plan. Documents say again what it says, ten times over: that is what its size costs.
struct JournalLimits: Hashable, Sendable {
    /// Of the whole file, in bytes.
    var bytes = 20 << 20
    /// Of one line, in bytes; the first holds the plan.
    var lineBytes = 16 << 20
    var lines = 100_000
    /// JSON values in one line, and in all of them.
    var lineValues = 500_000
    var values = 1_500_000
    /// Members of one list or object: no run plans more checks or keeps more files.
    var width = 30_000
    /// Of one text, in bytes. What targets say is cut at a few hundred; the command that repeats a request with a header of 100 KB is
    /// the longest that a run writes.
    var textBytes = 256 << 10
    /// How deep lists and objects may lie in one another.
    var depth = 64
    /// How long reading it may take.
    var duration = Duration.seconds(15)

    /// For a journal in a bundle that may come from anybody.
    static let untrusted = JournalLimits()
}

/// Counts what a journal asks of its reader, line by line, before a line is decoded.
struct JournalBudget {
    private let limits: JournalLimits
    private let begin = ContinuousClock.now
    private var bytes = 0
    private var lines = 0
    private var values = 0

    init(_ limits: JournalLimits) { self.limits = limits }

    /// - Returns: what is too much, in words; nil when the line may be decoded.
    mutating func excess(of line: [UInt8]) -> String? {
        guard begin.duration(to: .now) < limits.duration else {
            return "taken more than \(limits.duration.components.seconds) s with those before it"
        }
        lines += 1
        bytes += line.count
        guard bytes <= limits.bytes else { return "more than \(limits.bytes >> 20) MiB with those before it" }
        guard lines <= limits.lines else { return "more than \(limits.lines) lines with those before it" }
        guard line.count <= limits.lineBytes else {
            return "a line of \(line.count >> 20) MiB; \(limits.lineBytes >> 20) are allowed"
        }
        let weight = JSONWeight(of: line)
        values += weight.values
        if weight.depth > limits.depth {
            return "values \(weight.depth) deep in one another; \(limits.depth) are allowed"
        }
        if weight.width > limits.width {
            return "a list or object of \(weight.width) members; \(limits.width) are allowed"
        }
        if weight.longestText > limits.textBytes {
            return "a text of \(weight.longestText >> 10) KiB; \(limits.textBytes >> 10) are allowed"
        }
        if weight.values > limits.lineValues {
            return "\(weight.values) values in a line; \(limits.lineValues) are allowed"
        }
        if values > limits.values { return "more than \(limits.values) values with those of the lines before it" }
        return nil
    }
}
