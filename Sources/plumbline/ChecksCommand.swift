import ArgumentParser
import Formats
import Foundation
import Job
import Processes
import RunModel
import Settings

struct ChecksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checks",
        abstract: "List the catalogue of checks, or explain one of them.",
        subcommands: [List.self, Show.self, RulesCommand.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List every check.")

        enum Format: String, ExpressibleByArgument, CaseIterable { case table, json, markdown }

        @Option(name: .long, help: "table, json or markdown (the written catalogue).")
        var format = Format.table

        @Flag(name: .long, help: "The same as --format json.")
        var json = false

        @Option(name: .long, help: ArgumentHelp("Only checks whose id matches.", valueName: "glob"))
        var only: [String] = []

        @Option(
            name: .long, help: ArgumentHelp("Also list the checks that this configuration declares.", valueName: "file")
        )
        var config: String?

        func run() async throws {
            let all = try CatalogueListing.descriptors(config: config)
            let problems = only.compactMap { ConfigurationReview.problem(with: $0, checks: all) }
            if !problems.isEmpty { throw CommandFailure.usage("--only: \(problems.joined(separator: "; "))") }
            let descriptors = all.filter { descriptor in only.isEmpty || only.contains(where: descriptor.id.matches) }
            switch json ? .json : format {
            case .json: try StandardOutput.write(json: descriptors.map(CheckListing.init))
            case .markdown: StandardOutput.write("\(CatalogueMarkdown.text(of: descriptors))")
            case .table:
                var table = TextTable(["id", "phase", "category", "severity", "critical", "title"])
                for descriptor in descriptors {
                    table.add([
                        descriptor.id.rawValue, descriptor.phase.name, descriptor.category.rawValue,
                        descriptor.severity.rawValue,
                        descriptor.isCritical ? "yes" : "", descriptor.title,
                    ])
                }
                StandardOutput.write("\(table.text)")
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Explain one check as a manual page does.")

        @Argument(help: "The id of the check, such as CB-05.")
        var id: String

        @Option(
            name: .long,
            help: ArgumentHelp("Also look among the checks that this configuration declares.", valueName: "file"))
        var config: String?

        func run() async throws {
            let descriptors = try CatalogueListing.descriptors(config: config)
            guard let descriptor = descriptors.first(where: { $0.id.rawValue.lowercased() == id.lowercased() }) else {
                let hint =
                    id.uppercased().nearest(in: descriptors.map(\.id.rawValue)).map { "; did you mean \($0)?" } ?? ""
                throw CommandFailure.usage("there is no check ‘\(id)’\(hint) `plumbline checks` lists them")
            }
            StandardOutput.write("\(CatalogueMarkdown.page(of: descriptor))")
        }
    }
}

/// The catalogue with or without a configuration.
enum CatalogueListing {
    static func descriptors(config: String?) throws -> [CheckDescriptor] {
        let configuration: Configuration
        if let config {
            configuration = try Configuration.loadLearning(path: config)
        } else {
            configuration = try Configuration.parse("environment: catalogue", path: "catalogue", environment: [:])
        }
        return Catalogue.checks(for: configuration).map(\.descriptor)
    }
}

/// One entry of `checks --json`; the fields that scripts rely on come first in the documentation, all are there.
struct CheckListing: Encodable {
    let descriptor: CheckDescriptor

    private enum Key: String, CodingKey { case critical }

    func encode(to encoder: any Encoder) throws {
        try descriptor.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(descriptor.isCritical, forKey: .critical)
    }
}
