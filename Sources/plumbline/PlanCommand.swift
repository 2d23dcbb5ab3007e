import ArgumentParser
import Foundation
import Job
import RunModel

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract:
            "Show what a run would do: every check with its phase, category and needs, and why it will run or not.")

    @OptionGroup var configurationOptions: ConfigurationOptions
    @OptionGroup var selection: SelectionOptions

    @Flag(name: .long, help: "Print the plan as JSON.")
    var json = false

    func run() async throws {
        let configuration = selection.applied(to: try await configurationOptions.load())
        let plan = JobPlan.make(
            configuration: configuration, options: try selection.options(),
            identity: RunIdentity(environment: ProcessInfo.processInfo.environment))
        if json {
            StandardOutput.write([UInt8](try JSON.prettyData(plan)))
        } else {
            StandardOutput.write(text(of: plan))
        }
    }

    private func text(of plan: Plan) -> String {
        var table = TextTable(["id", "phase", "category", "critical", "needs", "will"])
        for entry in plan.entries {
            let descriptor = entry.descriptor
            table.add([
                descriptor.id.rawValue, descriptor.phase.name, descriptor.category.rawValue,
                descriptor.isCritical ? "yes" : "",
                descriptor.needs.map(\.rawValue).joined(separator: ","), entry.decision.text,
            ])
        }
        let selected = plan.selected.count
        return table.text + "\n\(selected) of \(plan.entries.count) checks will run.\n"
    }
}

extension PlanDecision {
    var text: String {
        switch self {
        case .run: "run"
        case .skip(let reason): "skip because \(reason)"
        case .notSelected(let reason): "not run: \(reason)"
        }
    }
}
