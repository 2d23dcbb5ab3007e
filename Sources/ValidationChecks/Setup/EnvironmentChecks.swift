import CheckKit
import Foundation
import RunModel
import Secrets
import Settings

/// The environment variables that the job cannot do without.
struct RequiredVariables: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "ENV-01", title: "Required environment variables are set",
            intent: "A job that starts without its settings fails later, somewhere else, and says less.",
            procedure:
                "Look up every variable of `requirements.environment`; their values are not read into any report.",
            category: .environment, phase: .setup, severity: .high, isCritical: true,
            risk: "The job cannot test what it has no settings for.",
            remediation: Remediation(
                summary: "Set the missing variables in the pipeline or the task definition.", command: "export NAME=…"))
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let names = context.configuration.requirements.environment
        let missing = names.filter { context.environment[$0]?.isEmpty ?? true }
        context.attachLookUp("required variables", names, missing: missing)
        guard missing.isEmpty else {
            return .failed(
                .runLacks(.setting(missing[0])),
                "\(missing.count) of \(names.count) variables are not set", expected: names.joined(separator: ", "),
                got: "not set: \(missing.joined(separator: ", "))")
        }
        return .passed("\(names.count) of \(names.count) are set: \(names.joined(separator: ", "))")
    }
}

/// Variables that some checks use and none needs.
struct OptionalVariables: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "ENV-02", title: "Optional environment variables are known",
            intent:
                "Says before the run which optional settings are missing, so that nobody wonders why a check was skipped.",
            procedure: "Look up every variable of `requirements.optional_environment`.",
            category: .environment, phase: .setup, severity: .low)
    }

    func omission(under configuration: Configuration) -> String? {
        configuration.requirements.optionalEnvironment.isEmpty ? "`requirements.optional_environment` is empty" : nil
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let names = context.configuration.requirements.optionalEnvironment
        let missing = names.filter { context.environment[$0]?.isEmpty ?? true }
        context.attachLookUp("optional variables", names, missing: missing)
        context.recorder.establish(.optionalVariablesMissing, missing.joined(separator: ","))
        return .passed(
            missing.isEmpty
                ? "all are set: \(names.joined(separator: ", "))"
                : "not set, and not needed: \(missing.joined(separator: ", "))")
    }
}

/// The programs that the configuration makes the job start.
struct RequiredTools: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "ENV-03", title: "The programs that the configuration needs are there",
            intent: "A missing program is found now, and not after an hour of tests.",
            procedure:
                "Look for `requirements.tools`, the first word of `launch.command`, and the interpreters of `suites` on the path.",
            category: .environment, phase: .setup, severity: .medium,
            remediation: Remediation(summary: "Install the program, or correct its name in the configuration."))
    }

    func omission(under configuration: Configuration) -> String? {
        Self.tools(configuration).isEmpty ? "the configuration makes the job start no program" : nil
    }

    private static func tools(_ configuration: Configuration) -> [String] {
        var tools = configuration.requirements.tools
        if let launch = configuration.launch?.command.first { tools.append(launch) }
        tools += configuration.suites.compactMap { $0.interpreter ?? $0.command.first }
        return Array(Set(tools)).sorted()
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let tools = Self.tools(context.configuration)
        let searchPath = context.environment["PATH"] ?? ""
        let missing = tools.filter { Self.location(of: $0, searchPath: searchPath) == nil }
        let places = tools.map { "\($0): \(Self.location(of: $0, searchPath: searchPath) ?? "not found")" }
        context.recorder.attach(Evidence("programs on the path", text: places.joined(separator: "\n") + "\n"))
        guard missing.isEmpty else {
            return .failed(
                .runLacks(.setting("PATH")),
                "programs are missing", expected: tools.joined(separator: ", "),
                got: "not found or not executable: \(missing.joined(separator: ", "))")
        }
        return .passed("\(tools.count) of \(tools.count) found: \(tools.joined(separator: ", "))")
    }

    /// Where a program lies: as given when it has a slash, else the first executable of that name on the path.
    static func location(of tool: String, searchPath: String) -> String? {
        let candidates = tool.contains("/") ? [tool] : searchPath.split(separator: ":").map { "\($0)/\(tool)" }
        return candidates.first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}

/// The references of the configuration to secrets.
struct SecretReferences: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: "CR-01", title: "Every secret of the configuration has a value",
            intent: "Tells a missing credential from a refused one.",
            procedure: "Resolve each `${env:…}`, `${file:…}` and `${secretsmanager:…}`; only names are reported.",
            category: .credentials, phase: .setup, severity: .high,
            risk: "Every check that needs the credential is skipped.",
            remediation: Remediation(summary: "Set the variable, mount the file, or allow the secret to be read."))
    }

    func omission(under configuration: Configuration) -> String? {
        configuration.secrets.isEmpty ? "the configuration names no secrets" : nil
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        let secrets = context.configuration.secrets
        let unresolved = secrets.filter { !$0.isResolved }
        context.attachLookUp("secrets", secrets.map(\.name), missing: unresolved.map(\.name))
        guard unresolved.isEmpty else {
            return .failed(
                .runLacks(.setting(unresolved[0].name)),
                "\(unresolved.count) of \(secrets.count) secrets have no value",
                expected: "a value for \(secrets.map(\.name).joined(separator: ", "))",
                got: "none for \(unresolved.map { "\($0.name) (\($0.source))" }.joined(separator: ", "))")
        }
        let short = secrets.filter { ($0.reveal()?.utf8.count ?? 0) < Redactor.shortestValue }
        guard short.isEmpty else {
            return .failed(
                .setting(.vantage, short[0].name, .exposed),
                "a secret is too short to be masked safely", expected: "at least \(Redactor.shortestValue) bytes",
                got: short.map(\.name).joined(separator: ", "))
        }
        return .passed(
            "\(secrets.count) of \(secrets.count) have a value of at least \(Redactor.shortestValue) bytes: \(secrets.map(\.name).joined(separator: ", "))"
        )
    }
}

extension CheckContext {
    /// Keeps which names were looked up, and which of them have no value; never a value.
    fileprivate func attachLookUp(_ title: String, _ names: [String], missing: [String]) {
        let lines = names.map { "\($0): \(missing.contains($0) ? "no value" : "has a value")" }
        recorder.attach(Evidence(title, text: lines.joined(separator: "\n") + "\n"))
    }
}
