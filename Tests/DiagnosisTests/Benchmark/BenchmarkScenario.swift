import Diagnosis
import Formats
import Foundation
import RunModel

/// One labelled scenario of the diagnosis benchmark.
struct BenchmarkScenario: Decodable {
    enum Kind: String, Decodable, CaseIterable { case single, double, healthy, innocent, blind, timed }
    /// What a fault did while the run went on.
    enum Course: String, Decodable { case began, recovered, cameAndWent = "came and went" }
    enum Expectation: String, Decodable { case cause, abstain, nothing }

    /// A change that has nothing to do with what fails.
    struct InnocentChange: Decodable {
        var kind: Change.Kind
        var action: String
        var resource: String
        var minutesBefore: Double

        private enum CodingKeys: String, CodingKey {
            case kind, action, resource
            case minutesBefore = "minutes_before"
        }
    }

    var name: String
    var kind: Kind
    /// Alternatives of one cause stand in one text, with ` | ` between them.
    var causes: [String]
    /// Components that work, and must not be blamed.
    var notBlamed: [String]?
    /// Names that findings had before they carried causes; of them, those that count as right.
    var previous: [String]?
    /// The scenarios whose evidence it takes.
    var of: [String]?
    var change: InnocentChange?
    /// The source of evidence that is taken away.
    var without: String?
    var expect: Expectation?
    /// The causes that cannot be told apart without it.
    var between: [String]?
    /// What the finding of the first cause must say of when it was there.
    var course: Course?

    private enum CodingKeys: String, CodingKey {
        case name, kind, causes, previous, of, change, without, expect, between, course
        case notBlamed = "not_blamed"
    }

    static func all(in directory: URL) throws -> [BenchmarkScenario] {
        try JSON.decode([BenchmarkScenario].self, from: Data(contentsOf: directory.appending(path: "scenarios.json")))
    }
}

/// One true cause, as one or several texts that name it.
struct BenchmarkLabel: Hashable {
    var alternatives: [String]

    init(_ text: String) { alternatives = text.components(separatedBy: " | ") }

    func names(_ cause: Cause) -> Bool { alternatives.contains { Self.names($0, cause) } }

    /// A component without a name stands for every component of its kind.
    private static func names(_ text: String, _ cause: Cause) -> Bool {
        let words = text.split(separator: " ").map(String.init)
        guard words.count >= 2, words[1] == cause.mode.rawValue, words.count < 3 || words[2] == cause.about?.rawValue
        else { return false }
        let component = Component(rawValue: words[0])
        return component == cause.component || component.name.isEmpty && component.kind == cause.component.kind
    }
}
