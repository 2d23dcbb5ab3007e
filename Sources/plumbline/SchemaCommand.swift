import ArgumentParser
import Job

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON Schema (2020-12) of a file that is read or written.")

    enum Name: String, ExpressibleByArgument, CaseIterable {
        case results, verdict, manifest, plan, configuration

        var bytes: [UInt8] {
            switch self {
            case .results: PackageResources.results_schema_json
            case .verdict: PackageResources.verdict_schema_json
            case .manifest: PackageResources.manifest_schema_json
            case .plan: PackageResources.plan_schema_json
            case .configuration: PackageResources.configuration_schema_json
            }
        }
    }

    @Argument(help: "results, verdict, manifest, plan (of `plan --json`) or configuration.")
    var name: Name

    func run() { StandardOutput.write("\(String(decoding: name.bytes, as: UTF8.self))") }
}
