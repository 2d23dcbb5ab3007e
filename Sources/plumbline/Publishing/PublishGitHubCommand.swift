import ArgumentParser
import Formats
import Foundation
import Processes
import Publication

struct PublishGitHubCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "github",
        abstract: "Comment on the pull request, make a check run, upload the findings for code scanning.",
        discussion: """
            In a workflow nothing needs to be given but the token, as GITHUB_TOKEN: repository, pull request and commit are in the \
            variables of the workflow. The comment is the document reports/pr-comment.md; it is found again by a marker that \
            readers do not see and by its author, so a comment of somebody else is never touched.

            Permissions of the token, each only for its part: comment `pull-requests: write`, check `checks: write` (only tokens of \
            apps, such as a workflow's, make check runs), sarif `security-events: write` and code scanning switched on.

            Also read: GITHUB_API_URL and GITHUB_GRAPHQL_URL of an enterprise server, PLUMBLINE_ARTIFACT_URL for the link to the \
            bundle, HTTPS_PROXY.
            """)

    @Argument(help: "A bundle, an unpacked bundle or a state; bundles and states in S3 too.")
    var bundle: String

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What to publish: comment, check, sarif; may be given again. By default the comment in a pull request, and the check run with an app's token.",
            valueName: "part"))
    var part: [GitHubPublication.Part] = []

    @Option(name: .long, help: ArgumentHelp("The repository. By default GITHUB_REPOSITORY.", valueName: "owner/name"))
    var repository: String?

    @Option(name: .long, help: ArgumentHelp("The pull request. By default that of the workflow.", valueName: "number"))
    var pullRequest: Int?

    @Option(
        name: .long,
        help: ArgumentHelp("The commit of check run and analysis. By default that of the workflow.", valueName: "sha"))
    var commit: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The reference of the analysis, such as refs/heads/main. By default GITHUB_REF.", valueName: "ref"))
    var ref: String?

    @OptionGroup var options: PublishOptions

    func validate() throws {
        if let pullRequest, pullRequest < 1 {
            throw ValidationError("--pull-request takes a number from 1, got \(pullRequest)")
        }
        if commit != nil, ref == nil, part.contains(.sarif) {
            throw ValidationError("--commit needs --ref for the part sarif: an analysis belongs to both")
        }
    }

    func run() async throws {
        let token = try PublishOptions.token(
            ["PLUMBLINE_GITHUB_TOKEN", "GITHUB_TOKEN", "GH_TOKEN"],
            for: "a token of the repository; in a workflow `GITHUB_TOKEN: ${{ github.token }}`")
        let run = try PublishedRun(try await options.publishable(bundle))
        try await options.publish { () throws(PublicationError) in
            let place = try GitHubPlace(
                environment: LaunchEnvironment.variables, event: event, tested: run.commit, repository: repository,
                pullRequest: pullRequest, commit: commit, reference: ref)
            let publication = try GitHubPublication(
                at: place, token: token, http: options.http(to: place.api), patience: options.waiting,
                rehearsal: options.rehearsal,
                notify: PublishOptions.notify)
            return await publication.publish(run, part.isEmpty ? nil : Set(part))
        }
    }

    /// What started the workflow; nil outside of one.
    private var event: JSONValue? {
        guard let path = LaunchEnvironment.variables["GITHUB_EVENT_PATH"], !path.isEmpty,
            let data = try? OutsideFile.bytes(of: path, limit: 32 << 20)
        else { return nil }
        return try? JSON.decode(JSONValue.self, from: data, largestCount: 1_000_000)
    }
}

extension GitHubPublication.Part: ExpressibleByArgument {}
