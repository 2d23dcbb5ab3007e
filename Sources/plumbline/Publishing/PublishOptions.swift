import ArgumentParser
import Diagnosis
import Formats
import Foundation
import HTTPClient
import Job
import Processes
import Publication
import RunModel
import Secrets
import Synchronization

/// What every target of `publish` takes.
struct PublishOptions: ParsableArguments {
    @OptionGroup var bundleOptions: BundleOptions
    @OptionGroup var templateOptions: TemplateOptions

    @Flag(name: .long, help: "Ask what is there, and print what would be sent instead of sending it.")
    var dryRun = false

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The longest that a service's limit of requests is waited for, such as 2m. Ten minutes by default.",
            valueName: "duration"))
    var patience: PatienceArgument?

    /// The variables of the pipeline that is under way now. The artifact is often uploaded only after the run.
    private static let changes = ["artifact_url", "pipeline_url"]

    func publishable(_ path: String) async throws -> Publishable {
        let change = RunIdentity(environment: LaunchEnvironment.variables).change.filter {
            Self.changes.contains($0.key)
        }
        let rendering = try bundleOptions.rendering(with: templateOptions)
        return try await bundleOptions.reading(path) { path in
            try await rendering.publishable(path, naming: change)
        }
    }

    var waiting: Patience {
        var result = Patience()
        if let patience { result.longest = patience.duration }
        return result
    }

    /// - Parameter api: the service that it is for; nil is reached without a proxy.
    func http(to api: String? = nil) -> HTTPClient {
        HTTPClient(
            HTTPClientConfiguration(
                proxy: api.flatMap { PipelineProxy.address(to: $0, in: LaunchEnvironment.variables) },
                userAgent: "plumbline/\(RunIdentity.version)"))
    }

    /// Shows requests in a dry run; nil when they are to be sent.
    var rehearsal: (@Sendable (PlannedRequest) -> Void)? {
        guard dryRun else { return nil }
        return { request in StandardOutput.write("\(request.text)") }
    }

    /// Does what publishes, and ends with 5 when something could not be.
    ///
    /// - Parameter isShownWhole: whether an address may be shown that opens something for whoever has it.
    func publish(
        isShownWhole: Bool = false, _ work: () async throws(PublicationError) -> [PublicationResult]
    ) async throws {
        let results: [PublicationResult]
        do throws(PublicationError) {
            results = try await work()
        } catch {
            throw CommandFailure.usage("\(error)")
        }
        for result in results {
            if isShownWhole, let url = result.url, url.contains("X-Amz-Signature=") {
                var shown = result
                shown.url = nil
                StandardError.write("plumbline: \(shown.line)\n")
                StandardOutput.write(deliberately: url)
            } else {
                StandardError.write("plumbline: \(result.line)\n")
            }
        }
        let failed = results.filter(\.isFailure).count
        if failed > 0 {
            throw CommandFailure.unpublished("\(failed) of \(results.count) not published; see above")
        }
    }

    static func notify(_ text: String) { StandardError.write("plumbline: \(text)\n") }

    /// The first of the variables that has a value.
    ///
    /// - Throws: ``CommandFailure`` when none has.
    static func token(_ names: [String], for what: String) throws -> String {
        let variables = LaunchEnvironment.variables
        for name in names {
            guard let value = variables[name]?.trimmingCharacters(in: .whitespacesAndNewlines), !value.isEmpty else {
                continue
            }
            guard value.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
                throw CommandFailure.usage("\(name) holds what no token can: spaces, line ends or other characters")
            }
            Redactor.process.learn(value, as: name.lowercased().replacing("_", with: "-"))
            return value
        }
        throw CommandFailure.usage("no token: set \(names.joined(separator: " or ")) to \(what)")
    }
}

/// The proxy that a runner's environment names for what goes out to the internet.
enum PipelineProxy {
    /// `HTTPS_PROXY`, unless the host is in `NO_PROXY` or on this machine; nil for none.
    static func address(to url: String, in environment: [String: String]) -> String? {
        func variable(_ name: String) -> String? {
            (environment[name.lowercased()] ?? environment[name]).flatMap { $0.isEmpty ? nil : $0 }
        }
        guard let proxy = variable("HTTPS_PROXY"), url.hasPrefix("https://"), let host = URL(string: url)?.host() else {
            return nil
        }
        let exceptions = (variable("NO_PROXY") ?? "").split(separator: ",").map { exception in
            String(exception.trimmingCharacters(in: .whitespaces).drop { $0 == "." })
        }
        let isExcepted = exceptions.contains { $0 == "*" || host == $0 || (!$0.isEmpty && host.hasSuffix(".\($0)")) }
        return isExcepted ? nil : proxy
    }
}

extension PublishedRun {
    init(_ run: Publishable) throws {
        let header = run.record.header
        func text(_ document: String) -> String {
            String(decoding: run.documents[document]?.bytes ?? [], as: UTF8.self)
        }
        let passed = run.record.results.values.filter { $0.status == .passed }.map(\.id.rawValue)
        self.init(
            environment: header.environment, runID: header.runID.rawValue,
            verdict: run.assessment.verdict.word.rawValue, exitCode: run.assessment.verdict.exitCode,
            headline: Redactor.current.masked(run.assessment.line),
            isComplete: run.record.interruption == nil
                && run.record.missingPhases.filter { $0 <= .validation }.isEmpty,
            startedAt: header.startedAt, endedAt: run.record.lastActivity, commit: header.change["commit"],
            pipelineURL: header.change["pipeline_url"], comment: text("reports/pr-comment.md"),
            sarif: run.documents["reports/results.sarif"]?.bytes ?? [],
            codeQuality: run.documents["reports/gl-code-quality.json"]?.bytes ?? [],
            issues: run.issues.map { issue in
                PublishedIssue(
                    fingerprint: issue.fingerprint,
                    title: Redactor.current.masked(issue.title),
                    priority: Finding.Priority.allCases.firstIndex(of: issue.priority) ?? 0, isMuted: issue.isMuted,
                    body: Redactor.current.masked(issue.body))
            }, passed: Set(passed))
    }
}
