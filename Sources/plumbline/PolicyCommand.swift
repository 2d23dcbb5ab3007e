import AWSChecks
import ArgumentParser
import Foundation
import Job
import Processes
import Settings

struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Print the least-privilege IAM policy for the selected checks.",
        discussion: "It only reads, unless --allow writes or --allow faults says more.")

    enum Format: String, ExpressibleByArgument, CaseIterable { case json, terraform }

    @OptionGroup var configurationOptions: ConfigurationOptions
    @OptionGroup var selection: SelectionOptions

    @Option(
        name: .long,
        help: ArgumentHelp("Also allow keeping the state at s3://bucket/prefix/.", valueName: "place"))
    var state: String?

    @Option(name: .long, help: "json (as IAM takes it) or terraform.")
    var format = Format.json

    func run() async throws {
        // The secrets themselves are not needed: whoever writes the policy may not be allowed to read them.
        let environment = LaunchEnvironment.variables
        let configuration = selection.applied(
            to: try Configuration.loadLearning(path: configurationOptions.config))
        guard configuration.aws != nil || state != nil else {
            throw CommandFailure.usage("\(configurationOptions.config) has no `aws` section; there is nothing to allow")
        }
        let plan = JobPlan.make(
            configuration: configuration, options: try selection.options(),
            identity: RunIdentity(environment: environment))
        let descriptors = plan.entries.filter { $0.decision == .run }.map(\.descriptor)
        var policy = AccessPolicy(
            for: descriptors, configuration: configuration,
            breaksTasks: try selection.allowances().contains(.faults))
        if let state { policy.statements += try StatePlace.statements(of: state, configuration: configuration) }
        guard !policy.statements.isEmpty else {
            throw CommandFailure.usage("the selected checks call nothing of AWS; there is nothing to allow")
        }
        switch format {
        case .json: StandardOutput.write("\(try policy.json())")
        case .terraform: StandardOutput.write("\(policy.terraform)")
        }
    }
}
