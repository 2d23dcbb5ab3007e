import ArgumentParser
import Diagnosis
import Formats
import RunModel

/// `checks rules`: which causes diagnosis knows.
struct RulesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "List the causes that diagnosis knows, with their fixes.")

    enum Format: String, ExpressibleByArgument, CaseIterable { case table, markdown }

    @Option(name: .long, help: "table or markdown (the written catalogue).")
    var format = Format.table

    func run() async throws {
        switch format {
        case .markdown: StandardOutput.write("\(RuleCatalogue.markdown(Rule.all))")
        case .table:
            var table = TextTable(["id", "component", "title", "effort", "owner"])
            for rule in Rule.all { table.add([rule.id, rule.component, rule.title, rule.effort.rawValue, rule.owner]) }
            StandardOutput.write("\(table.text)")
        }
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
                let symptoms = Set(rule.symptoms.flatMap(\.names)).sorted().map { "`\($0)`" }.joined(separator: " ")
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
