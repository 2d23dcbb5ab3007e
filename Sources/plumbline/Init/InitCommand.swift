import AWSChecks
import AWSClient
import ArgumentParser
import CheckKit
import Formats
import Foundation
import HTTPClient
import Job
import Processes
import RunModel
import Secrets
import Settings

struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a first configuration, with every section explained and what the environment shows filled in.",
        discussion: """
            On a terminal it asks for what it cannot find out; an empty answer takes what stands in brackets. Elsewhere, or with \
            --yes, it asks nobody and takes the options. Where AWS credentials and a region are known it reads what belongs to \
            the environment (clusters, services, balancers, database, cache, names of secrets) and says what it may not see; \
            --offline leaves that out. It writes nothing but the files that it names.
            """)

    @Argument(help: "The file to write; it must not exist.")
    var file = "plumbline.yaml"

    @Option(name: .long, help: "The name of the environment; it stands in the names of what belongs to it.")
    var environment: String?

    @Option(name: .long, help: ArgumentHelp("Where the API answers.", valueName: "url"))
    var api: String?

    @Option(name: .long, help: ArgumentHelp("Where the registry answers, if not as the API.", valueName: "url"))
    var registry: String?

    @Option(name: .long, help: ArgumentHelp("Where the auth service answers.", valueName: "url"))
    var auth: String?

    @Option(name: .long, help: ArgumentHelp("Where MLflow itself answers.", valueName: "url"))
    var mlflow: String?

    @Option(
        name: .long,
        help: ArgumentHelp("The host of PostgreSQL, with its port if it is another one.", valueName: "host[:port]"))
    var database: String?

    @Option(
        name: .long,
        help: ArgumentHelp("The host of Redis, with its port if it is another one.", valueName: "host[:port]"))
    var redis: String?

    @Option(name: .long, help: ArgumentHelp("The AWS region to look into; AWS_REGION by default.", valueName: "region"))
    var region: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The ECS cluster; by default the one that is named after the environment.", valueName: "name"))
    var cluster: String?

    @Option(
        name: .long,
        help: "Also write the stage of a pipeline, below the current directory: github, gitlab, codebuild or jenkins.")
    var pipeline: PipelineFile?

    @Flag(name: .shortAndLong, help: "Ask nothing, also on a terminal.")
    var yes = false

    @Flag(name: .long, help: "Do not look into AWS.")
    var offline = false

    /// The longest wait for all that AWS is asked.
    private static let patience = Duration.seconds(60)

    func validate() throws {
        for path in [file, pipeline?.path].compactMap(\.self) where FileManager.default.fileExists(atPath: path) {
            throw ValidationError("\(path) exists; it is not replaced. Give another name, or remove it")
        }
    }

    func run() async throws {
        let variables = LaunchEnvironment.variables
        let interview = yes ? nil : Interview(environment: variables)
        var facts = DeploymentFacts(environment: try environmentName(interview))
        try take(options: &facts)
        if let survey = await survey(facts.environment, variables, interview) { facts.complete(with: survey) }
        if let interview { ask(interview, &facts) }
        let pipeline = pipeline ?? interview.flatMap(PipelineFile.ask)

        let text = ConfigurationDraft(facts: facts).text
        // What is written must be accepted: a wrong option is refused here and not in the first run.
        _ = try Configuration.parse(text, path: file, environment: variables)
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: file), options: .withoutOverwriting)
        } catch {
            throw CommandFailure.usage("\(file) cannot be written: \(error.localizedDescription)")
        }
        StandardOutput.write("\(file)\n")
        if let pipeline {
            try pipeline.write()
            StandardOutput.write("\(pipeline.path)\n")
        }
        StandardError.write("\(nextSteps(facts, pipeline, variables))")
    }

    // MARK: Options and answers

    private func environmentName(_ interview: Interview?) throws -> String {
        let fallback = environment ?? "development"
        let name =
            environment ?? interview?.ask("The name of the environment", default: fallback) {
                Self.problem("environment: \(ConfigurationDraft.scalar($0))")
            } ?? fallback
        if let problem = Self.problem("environment: \(ConfigurationDraft.scalar(name))") {
            throw CommandFailure.usage("--environment: \(problem)")
        }
        return name
    }

    private func take(options facts: inout DeploymentFacts) throws {
        func url(_ value: String?, _ key: String, _ option: String) throws -> DeploymentFacts.Known? {
            guard let value else { return nil }
            if let problem = Self.problem(url: value, as: key) { throw CommandFailure.usage("\(option): \(problem)") }
            return DeploymentFacts.Known(value: value)
        }
        facts.api = try url(api, "api", "--api")
        facts.registry = try url(registry, "registry", "--registry")
        facts.auth = try url(auth, "auth", "--auth")
        facts.mlflowDirect = try url(mlflow, "mlflow_direct", "--mlflow")
        for (value, option) in [(database, "--database"), (redis, "--redis")] {
            if let value, let problem = Self.problem(host: value) {
                throw CommandFailure.usage("\(option): \(problem)")
            }
        }
        facts.database = database.flatMap(Self.store)
        facts.redis = redis.flatMap(Self.store)
    }

    private func ask(_ interview: Interview, _ facts: inout DeploymentFacts) {
        func url(_ question: String, _ key: String, _ known: DeploymentFacts.Known?, isSaid: Bool) -> DeploymentFacts
            .Known?
        {
            if isSaid { return known }
            guard
                let answer = interview.ask(question, default: known?.value, problem: { Self.problem(url: $0, as: key) })
            else { return nil }
            return answer == known?.value ? known : DeploymentFacts.Known(value: answer)
        }
        facts.api = url("URL of the API", "api", facts.api, isSaid: api != nil)
        facts.registry = url(
            "URL of the registry, if it is another one", "registry", facts.registry, isSaid: registry != nil)
        facts.auth = url("URL of the auth service", "auth", facts.auth, isSaid: auth != nil)
        facts.mlflowDirect = url(
            "URL of MLflow itself, as this place reaches it", "mlflow_direct", facts.mlflowDirect, isSaid: mlflow != nil
        )
        if database == nil {
            facts.database = store(interview, "Host of PostgreSQL, with :port if it is not 5432", facts.database)
        }
        if redis == nil {
            facts.redis = store(interview, "Host of Redis, with :port if it is not 6379", facts.redis)
        }
    }

    /// The store at the place that is answered; name, user and password stay as they are known.
    private func store(
        _ interview: Interview, _ question: String, _ known: DeploymentFacts.Store?
    ) -> DeploymentFacts.Store? {
        let place = known.map { NetworkAddress(host: $0.host.value, port: $0.port).description }
        guard let answer = interview.ask(question, default: place, problem: Self.problem(host:)) else { return nil }
        guard answer != place, let said = Self.store(answer) else { return known }
        guard var store = known else { return said }
        store.host = said.host
        store.port = said.port
        store.usesTLS = nil
        return store
    }

    /// A host with or without a port; nil for what is none.
    private static func store(_ text: String) -> DeploymentFacts.Store? {
        NetworkAddress(text).map { DeploymentFacts.Store(host: .init(value: $0.host), port: $0.port) }
    }

    private static func problem(url: String, as key: String) -> String? {
        problem("environment: test\nservices:\n  \(key): \(ConfigurationDraft.scalar(url))")
    }

    private static func problem(host text: String) -> String? {
        guard let address = NetworkAddress(text), !text.contains("/") else {
            return "expected a host, or host:port, got ‘\(text.excerpt(80))’"
        }
        return problem("environment: test\ndatabase:\n  host: \(ConfigurationDraft.scalar(address.host))")
    }

    /// What a configuration says of a value in it.
    private static func problem(_ text: String) -> String? {
        do throws(ConfigurationError) {
            _ = try Configuration.parse(text, path: "", environment: [:])
            return nil
        } catch {
            return error.problems.first.map { "expected \($0.expected), got \($0.got)" }
        }
    }

    // MARK: AWS

    /// What AWS shows of the environment; nil where it is not asked or says nothing.
    private func survey(
        _ environment: String, _ variables: [String: String], _ interview: Interview?
    ) async -> AccountSurvey? {
        guard !offline else { return nil }
        guard let region = region ?? variables["AWS_REGION"] ?? variables["AWS_DEFAULT_REGION"] else {
            note("AWS is not looked into, because no region is known: give --region, or set AWS_REGION")
            return nil
        }
        if let interview, !interview.agrees(to: "Look into AWS in \(region) for what belongs to \(environment)?") {
            return nil
        }
        let client = AWSClient(
            .init(region: region, deadline: .seconds(10), retry: AWSRetry(maximumAttempts: 2)),
            surroundings: CredentialSurroundings(
                environment: variables, transport: HTTPClient()))
        switch await Self.survey(environment, cluster, client) {
        case .late: note("AWS did not answer within \(Self.patience.readable); the aws section is left as an example")
        case .failed(let error): note("AWS is left out: \(error)")
        case .seen(let survey):
            note("looked into AWS account \(survey.account ?? "?") in \(region) as \(survey.identity ?? "?")")
            for sentence in survey.unseen { note("not seen: \(sentence)") }
            return survey
        }
        return nil
    }

    private enum Surveyed: Sendable {
        case seen(AccountSurvey)
        case failed(AWSError)
        case late
    }

    private static func survey(_ environment: String, _ cluster: String?, _ client: AWSClient) async -> Surveyed {
        await withTaskGroup(of: Surveyed.self) { group in
            group.addTask {
                do throws(AWSError) {
                    return .seen(try await AccountSurvey.of(environment, cluster: cluster, client: client))
                } catch {
                    return .failed(error)
                }
            }
            group.addTask {
                try? await Task.sleep(for: patience)
                return .late
            }
            defer { group.cancelAll() }
            return await group.next() ?? .late
        }
    }

    private func note(_ text: String) { StandardError.write("plumbline: \(text)\n") }

    // MARK: What to do now

    private func nextSteps(
        _ facts: DeploymentFacts, _ pipeline: PipelineFile?, _ variables: [String: String]
    ) -> String {
        var lines = ["Next:"]
        if let pipeline, let advice = pipeline.advice { lines.append("  \(pipeline.path): \(advice)") }
        if facts.api == nil { lines.append("  write where the API answers into services.api of \(file)") }
        if variables["HOKUSAI_API_KEY"] == nil {
            lines.append(
                "  export HOKUSAI_API_KEY=…                  # a key of your platform; without it checks that need one are skipped"
            )
        }
        lines.append("  plumbline plan --config \(file)    # what would run, and what cannot, and why")
        return lines.joined(separator: "\n") + "\n"
    }
}
