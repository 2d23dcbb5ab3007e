import Formats
import RunModel

/// The written catalogue, made from the declarations.
public enum CatalogueMarkdown {
    /// All checks, by phase and category.
    public static func text(of descriptors: [CheckDescriptor]) -> String {
        var text = "# Catalogue of checks\n\n\(descriptors.count) checks.\n"
        for phase in Phase.allCases {
            let ofPhase = descriptors.filter { $0.phase == phase }
            if ofPhase.isEmpty { continue }
            text += "\n## Phase \(phase.rawValue): \(phase.title)\n"
            for category in Category.allCases {
                let ofCategory = ofPhase.filter { $0.category == category }
                if ofCategory.isEmpty { continue }
                text +=
                    "\n### \(category.title)\n\n| Id | Title | Severity | Critical | Needs |\n| --- | --- | --- | --- | --- |\n"
                for descriptor in ofCategory {
                    text +=
                        "| \(descriptor.id) | \(cell(descriptor.title)) | \(descriptor.severity.rawValue) "
                        + "| \(descriptor.isCritical ? "yes" : "no") | \(descriptor.needs.map(\.rawValue).joined(separator: ", ")) |\n"
                }
            }
        }
        return text
    }

    /// One check as a manual page.
    public static func page(of check: CheckDescriptor) -> String {
        var sections: [(String, String)] = []
        func add(_ title: String, _ text: String) { if !text.isEmpty { sections.append((title, text)) } }
        add("WHY", check.intent)
        add("WHAT IT DOES", check.procedure)
        add(
            "EXPECTED",
            check.expectations.sorted { $0.key < $1.key }.map { "profile \($0.key): \($0.value)" }.joined(
                separator: "\n"))
        add("ORIGINAL TEST", check.original.map { "\($0.className).\($0.function)" } ?? "")
        add("NEEDS", check.needs.map(\.rawValue).joined(separator: ", "))
        add("DEPENDS ON", check.dependsOn.map(\.rawValue).joined(separator: ", "))
        add("NEVER RUNS WITH", check.excludes.map { "checks that use: \($0.rawValue)" }.joined(separator: "\n"))
        add("AWS ACTIONS", check.awsActions.joined(separator: ", "))
        add("RISK WHEN IT FAILS", check.risk)
        add("WHAT TO DO", check.remediation.summary)
        add("COMMAND", check.remediation.command ?? "")
        add("TERRAFORM", check.remediation.terraform ?? "")
        add("READ ON", check.documentation ?? "")
        let head =
            "\(check.id)  \(check.title)\n\n    phase \(check.phase.rawValue) (\(check.phase.name)), \(check.category.rawValue), "
            + "severity \(check.severity.rawValue), \(check.isCritical ? "critical" : "not critical"), at most \(check.deadline.readable)\n"
        return head + sections.map { title, text in "\n\(title)\n\(indented(text))" }.joined()
    }

    private static func cell(_ text: String) -> String { text.replacing("|", with: "\\|") }

    private static func indented(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)\n" }.joined()
    }
}
