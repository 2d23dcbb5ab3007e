import ArgumentParser

struct PublishCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish",
        abstract: "Tell a run where people look: the pull request, the merge request, a bucket, the tracker.",
        discussion: """
            Each target reads a bundle, the folder that a bundle was unpacked to, or a state, of which it takes the newest run; \
            bundles and states may be in S3. Published again, the same comment, note, object or issue is brought up to date: there is never a second one.

              plumbline publish github out/plumbline-….tar.gz             comment and check run, from a workflow's own variables
              plumbline publish gitlab out/plumbline-….tar.gz             note on the merge request, Code Quality report
              plumbline publish s3 out/plumbline-….tar.gz s3://bucket/p/  bundle, page, pointer to the newest, link
              plumbline publish linear out/plumbline-….tar.gz --team OPS  an issue for each cause, closed when it is fixed

            Tokens come from the environment alone. --dry-run asks what is there and prints what would be sent. Requests that the \
            service fails or limits are sent again, as late as it asks for. Exit code: 0 published; 2 something is missing or wrong \
            in options or environment; 5 not everything could be published, with the reason and what to do. The verdict of the run \
            changes nothing in it: the gate is the exit code of `run` or `submit`.
            """,
        subcommands: [
            PublishGitHubCommand.self, PublishGitLabCommand.self, PublishS3Command.self, PublishLinearCommand.self,
        ])
}
