import ArgumentParser
import Diagnosis
import Formats
import RunModel

/// `checks rules`: which causes diagnosis knows.
struct RulesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "List the causes that diagnosis knows, with their fixes.")

    @Option(name: .long, help: "table, json or markdown (the written catalogue).")
    var format = ChecksCommand.List.Format.table

    @Flag(name: .long, help: "The same as --format json.")
    var json = false

    func run() async throws {
        switch json ? .json : format {
        case .json: try StandardOutput.write(json: Rule.all.map(RuleListing.init))
        case .markdown: StandardOutput.write("\(RuleCatalogue.markdown(Rule.all))")
        case .table:
            var table = TextTable(["id", "component", "title", "effort", "owner"])
            for rule in Rule.all { table.add([rule.id, rule.component, rule.title, rule.effort.rawValue, rule.owner]) }
            StandardOutput.write("\(table.text)")
        }
    }
}

/// One entry of `checks rules --json`.
struct RuleListing: Encodable {
    let id: String
    let title: String
    let cause: String
    let component: String
    /// The names of the symptoms that it may explain, sorted.
    let symptoms: [String]
    let remediation: Remediation
    let effort: Finding.Effort
    let owner: String

    init(_ rule: Rule) {
        id = rule.id
        title = rule.title
        cause = rule.cause
        component = rule.component
        symptoms = Set(rule.symptoms.flatMap(\.names)).sorted()
        remediation = rule.remediation
        effort = rule.effort
        owner = rule.owner
    }
}

/// The written catalogue of rules, made from the rules themselves.
enum RuleCatalogue {
    static func markdown(_ rules: [Rule]) -> String {
        var text = """
            # Catalogue of rules

            \(rules.count) rules, in the order in which they are tried: the first that fits names the cause.

            """
        for owner in Set(rules.map(\.owner)).sorted() {
            text += "\n## Owner: \(owner)\n\n| Id | Cause | Component | Symptoms | Fix | Effort |\n"
            text += "| --- | --- | --- | --- | --- | --- |\n"
            for rule in rules where rule.owner == owner {
                let symptoms = RuleListing(rule).symptoms.map { "`\($0)`" }.joined(separator: " ")
                let cells = [
                    "`\(rule.id)`", "\(rule.title). \(rule.cause)", rule.component, symptoms, rule.remediation.summary,
                    rule.effort.rawValue,
                ]
                text += "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |\n"
            }
        }
        return text
    }
}
