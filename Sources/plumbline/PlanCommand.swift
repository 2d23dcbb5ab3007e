import AWSChecks
import ArgumentParser
import Formats
import Foundation
import Job
import Processes
import RunModel
import Settings

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract:
            "Show what a run would do: every check with its phase, category and needs, and why it will run or not.",
        discussion: """
            Nothing is asked of the target. Where an `aws` section is configured, AWS is asked which permissions are missing \
            (by simulating the identity's policies or, where that is not allowed, by one page of each reading call), so that \
            checks that will be inconclusive for want of an action are named beforehand. --offline asks nobody.
            """)

    @OptionGroup var configurationOptions: ConfigurationOptions
    @OptionGroup var selection: SelectionOptions

    @Flag(
        name: .long,
        help: "Ask nobody: permissions stay unknown, and secrets of Secrets Manager count as not available.")
    var offline = false

    @Flag(name: .long, help: "Print the plan as JSON.")
    var json = false

    /// The longest wait for AWS about permissions.
    private static let patience = Duration.seconds(30)

    func run() async throws {
        let environment = LaunchEnvironment.variables
        let configuration = selection.applied(
            to: offline
                ? try Configuration.loadLearning(path: configurationOptions.config)
                : try await configurationOptions.load())
        let plan = JobPlan.make(
            configuration: configuration, options: try selection.options(),
            identity: RunIdentity(environment: environment))
        try selection.review(configuration, plan)
        let permissions =
            offline
            ? nil
            : await JobPlan.permissions(
                for: plan, configuration: configuration, environment: environment, patience: Self.patience)
        let limits = plan.limits(configuration)
        if json {
            try StandardOutput.write(json: PlanAnswer(plan, permissions, limits))
        } else {
            StandardOutput.write("\(text(of: plan, permissions))")
            for limit in limits { StandardOutput.write("\n\(limit)\n") }
            StandardError.write(
                "Next: plumbline run --config \(configurationOptions.config)    # reads only; --allow writes,load,faults opens the rest\n"
            )
        }
    }

    private func text(of plan: Plan, _ permissions: PermissionForecast?) -> String {
        let missing = Dictionary(
            (permissions?.gaps ?? []).map { ($0.check, $0.missingActions) }, uniquingKeysWith: { $0 + $1 })
        var table = TextTable(["id", "phase", "category", "critical", "needs", "will"])
        for entry in plan.entries {
            let descriptor = entry.descriptor
            let lacking = missing[descriptor.id].map { "; inconclusive for want of \($0.joined(separator: ", "))" }
            table.add([
                descriptor.id.rawValue, descriptor.phase.name, descriptor.category.rawValue,
                descriptor.isCritical ? "yes" : "",
                descriptor.needs.map(\.rawValue).joined(separator: ","), entry.decision.text + (lacking ?? ""),
            ])
        }
        let selected = plan.selected.count
        return table.text + "\n\(selected) of \(plan.entries.count) checks will run.\n"
            + (permissions?.text ?? "")
    }
}

/// What `plan --json` prints: the plan, what is known of permissions, and what a run of it cannot promise.
private struct PlanAnswer: Encodable {
    let entries: [PlanEntry]
    /// Nil when AWS was not asked.
    let permissions: PermissionForecast?
    /// A sentence each; empty when the run keeps every promise.
    let limits: [String]

    init(_ plan: Plan, _ permissions: PermissionForecast?, _ limits: [String]) {
        entries = plan.entries
        self.permissions = permissions
        self.limits = limits
    }
}

extension PermissionForecast {
    /// The forecast in a few lines.
    fileprivate var text: String {
        var lines: [String] = []
        let whose = identity.map { " of \($0)" } ?? ""
        switch source {
        case .simulation: lines.append("Permissions\(whose), as IAM simulates them:")
        case .probes: lines.append("Permissions\(whose), as the checks' own reading calls show them:")
        case nil: lines.append("Permissions\(whose) are not known.")
        }
        if source != nil {
            lines += gaps.map {
                "  \($0.check) will be inconclusive: lacks \($0.missingActions.joined(separator: ", "))"
            }
            if gaps.isEmpty { lines.append("  nothing that was asked is missing") }
        }
        if !untested.isEmpty { lines.append("  not tested: \(untested.joined(separator: ", "))") }
        if let problem { lines.append("  note: \(problem)") }
        if !gaps.isEmpty { lines.append("`plumbline policy` prints the whole policy.") }
        return lines.map { TerminalText.safe($0) + "\n" }.joined()
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
