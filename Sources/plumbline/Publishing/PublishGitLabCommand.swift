import ArgumentParser
import Foundation
import Processes
import Publication

struct PublishGitLabCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gitlab",
        abstract: "Write a note on the merge request, and the Code Quality report for the job's artifacts.",
        discussion: """
            In a job nothing needs to be given but the token, as GITLAB_TOKEN: a project access token with the scope `api` and the \
            role Reporter. A job's own token (CI_JOB_TOKEN) may write no notes. The note is found again by a marker that readers do \
            not see and by its author.

            --code-quality writes the report that `artifacts: reports: codequality` hands to GitLab; it needs no token and no merge \
            request when --no-note is given.
            """)

    @Argument(help: "A bundle, an unpacked bundle or a state; bundles and states in S3 too.")
    var bundle: String

    @Option(
        name: .long,
        help: ArgumentHelp("The project, by number or path. By default that of the job.", valueName: "project"))
    var project: String?

    @Option(name: .long, help: ArgumentHelp("The merge request. By default that of the job.", valueName: "number"))
    var mergeRequest: Int?

    @Option(name: .long, help: ArgumentHelp("Write the Code Quality report to this file.", valueName: "file"))
    var codeQuality: String?

    @Flag(name: .long, inversion: .prefixedNo, help: "Write the note.")
    var note = true

    @OptionGroup var options: PublishOptions

    func validate() throws {
        if let mergeRequest, mergeRequest < 1 {
            throw ValidationError("--merge-request takes a number from 1, got \(mergeRequest)")
        }
        if !note, codeQuality == nil { throw ValidationError("--no-note without --code-quality publishes nothing") }
    }

    func run() async throws {
        let run = try PublishedRun(try await options.publishable(bundle))
        if let codeQuality {
            do {
                try Data(run.codeQuality).write(to: URL(fileURLWithPath: codeQuality), options: .atomic)
            } catch {
                throw CommandFailure.usage("\(codeQuality) cannot be written: \(error.localizedDescription)")
            }
            PublishOptions.notify("Code Quality report: \(codeQuality)")
        }
        guard note else { return }
        let token = try PublishOptions.token(
            ["PLUMBLINE_GITLAB_TOKEN", "GITLAB_TOKEN"], for: "a project access token with the scope api")
        try await options.publish { () throws(PublicationError) in
            let place = try GitLabPlace(
                environment: LaunchEnvironment.variables, project: project, mergeRequest: mergeRequest)
            let publication = try GitLabPublication(
                at: place, token: token, http: options.http(to: place.api), patience: options.waiting,
                rehearsal: options.rehearsal,
                notify: PublishOptions.notify)
            return await publication.publish(run)
        }
    }
}
