import ArgumentParser
import Diagnosis
import Foundation
import Processes
import Publication
import RunModel

struct PublishLinearCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "linear",
        abstract: "Keep an issue in Linear for each cause: made, closed when fixed, the same one opened again.",
        discussion: """
            The key is LINEAR_API_KEY: a personal API key that may read and write in the team. An issue is known by an attachment \
            whose address names environment, rule and check, so nothing is stored on this side, and people may rename and move \
            issues as they like. An issue is closed only by a run in which the check at its root passed; one that somebody cancelled \
            stays so. Muted causes get none.
            """)

    @Argument(help: "A bundle, an unpacked bundle or a state; bundles and states in S3 too.")
    var bundle: String

    @Option(name: .long, help: ArgumentHelp("The team's key: the letters before an issue's number.", valueName: "key"))
    var team: String

    @Option(
        name: .long, help: ArgumentHelp("The least urgent cause that gets an issue: P0 to P3.", valueName: "priority"))
    var priority: Finding.Priority = .p2

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What the addresses of the attachments begin with. Keep it: issues are found by it. By default the repository's page, of GITHUB_REPOSITORY or CI_PROJECT_URL.",
            valueName: "url"))
    var url: String?

    @OptionGroup var options: PublishOptions

    func run() async throws {
        let token = try PublishOptions.token(
            ["LINEAR_API_KEY"], for: "a personal API key, made in Linear's settings under Security & access")
        guard let base = url ?? Self.repository(LaunchEnvironment.variables) else {
            throw CommandFailure.usage("no address to find issues by: give --url, such as that of the repository")
        }
        let run = try PublishedRun(try await options.publishable(bundle))
        try await options.publish { () throws(PublicationError) in
            let place = try LinearPlace(
                team: team, base: base, leastPriority: Finding.Priority.allCases.firstIndex(of: priority) ?? 3,
                api: LaunchEnvironment.variables["LINEAR_API_URL"] ?? "https://api.linear.app/graphql")
            let publication = try LinearPublication(
                at: place, token: token, http: options.http(to: place.api), patience: options.waiting,
                rehearsal: options.rehearsal,
                notify: PublishOptions.notify)
            return await publication.publish(run)
        }
    }

    private static func repository(_ variables: [String: String]) -> String? {
        if let name = variables["GITHUB_REPOSITORY"], !name.isEmpty {
            return "\(variables["GITHUB_SERVER_URL"] ?? "https://github.com")/\(name)"
        }
        return variables["CI_PROJECT_URL"].flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension Finding.Priority: ExpressibleByArgument {
    public init?(argument: String) { self.init(rawValue: argument.uppercased()) }
}
