import Formats
import Foundation
import RunModel
import Settings

/// What is known of the build, the change under test and the place before anything is asked of the target.
public struct RunIdentity: Sendable {
    /// The version of Plumbline.
    public static let version = "0.1.0"

    /// Version and the first digits of the SHA-256 of the executable: another build may judge otherwise.
    public let build: String
    /// Commit, branch, pipeline and actor as the pipeline's environment gives them.
    public let change: [String: String]
    /// Where the run looks from.
    public let vantage: String

    public init(environment: [String: String], executable: String = "/proc/self/exe") {
        build = Self.version + "+" + Self.executableDigest(executable)
        change = Self.change(environment)
        vantage = Self.vantage(environment)
    }

    private static func executableDigest(_ path: String) -> String {
        guard let handle = FileHandle(forReadingAtPath: path) else { return "unknown" }
        defer { try? handle.close() }
        var hasher = SHA256Hasher()
        while let piece = try? handle.read(upToCount: 4 << 20), !piece.isEmpty { hasher.update([UInt8](piece)) }
        return String(Digest.hexadecimal(hasher.finish()).prefix(12))
    }

    /// Every variable of a pipeline that says what is under test, where its job is and which trace it started.
    public static var pipelineVariables: [String] {
        variables.flatMap(\.1) + [
            "GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "CI_MERGE_REQUEST_IID", "GITHUB_REF", TraceContext.variable,
        ]
    }

    /// The variables of the pipelines in `ci/`, first found wins; `PLUMBLINE_COMMIT` overrides.
    private static var variables: [(String, [String])] {
        [
            (
                "commit",
                ["PLUMBLINE_COMMIT", "GITHUB_SHA", "CI_COMMIT_SHA", "CODEBUILD_RESOLVED_SOURCE_VERSION", "GIT_COMMIT"]
            ),
            (
                "branch",
                [
                    "GITHUB_HEAD_REF", "GITHUB_REF_NAME", "CI_COMMIT_REF_NAME", "CODEBUILD_WEBHOOK_HEAD_REF",
                    "GIT_BRANCH",
                ]
            ),
            ("pipeline", ["GITHUB_RUN_ID", "CI_PIPELINE_ID", "CODEBUILD_BUILD_ID", "BUILD_TAG"]),
            ("actor", ["GITHUB_ACTOR", "GITLAB_USER_LOGIN", "CODEBUILD_INITIATOR", "BUILD_USER_ID"]),
            ("artifact_url", ["PLUMBLINE_ARTIFACT_URL"]),
            ("pipeline_url", ["PLUMBLINE_PIPELINE_URL", "CI_JOB_URL", "CODEBUILD_PUBLIC_BUILD_URL", "BUILD_URL"]),
        ]
    }

    private static func change(_ environment: [String: String]) -> [String: String] {
        var change: [String: String] = [:]
        if let server = environment["GITHUB_SERVER_URL"], let repository = environment["GITHUB_REPOSITORY"],
            let run = environment["GITHUB_RUN_ID"]
        {
            change["pipeline_url"] = "\(server)/\(repository)/actions/runs/\(run)"
        }
        for (name, candidates) in variables {
            if let value = candidates.lazy.compactMap({ environment[$0] }).first(where: { !$0.isEmpty }) {
                change[name] = value
            }
        }
        return change
    }

    private static func vantage(_ environment: [String: String]) -> String {
        let host = ProcessInfo.processInfo.hostName
        if environment["ECS_CONTAINER_METADATA_URI_V4"] != nil { return "ECS task on \(host)" }
        if environment["KUBERNETES_SERVICE_HOST"] != nil { return "Kubernetes pod \(host)" }
        if environment["CI"] != nil { return "pipeline runner \(host)" }
        return "host \(host)"
    }
}

extension Configuration {
    /// What is tested, in clear, by name: the part of the configuration that reports show and the resume key holds.
    public var target: [String: String] {
        var target: [String: String] = [:]
        for service in Service.overHTTP {
            target[service.rawValue] = services.url(of: service)
        }
        if let database {
            target["database"] =
                "\(database.user)@\(NetworkAddress(host: database.host, port: database.port))/\(database.name)"
        }
        if let redis { target["redis"] = NetworkAddress(host: redis.host, port: redis.port).description }
        if let aws { target["aws"] = "\(aws.region) \(aws.cluster)\(aws.endpointURL.map { " at \($0)" } ?? "")" }
        return target
    }

    /// SHA-256 of the configuration without the values of secrets (they describe themselves by name only).
    var fingerprint: String { Digest.sha256Hex(of: canonicalText(of: self)) }
}

/// A value's stored properties as text that is the same in every process: dictionaries and sets in the order of their text.
private func canonicalText(of value: Any) -> String {
    let mirror = Mirror(reflecting: value)
    let parts = mirror.children.map { "\($0.label ?? ""):\(canonicalText(of: $0.value))" }
    switch mirror.displayStyle {
    case .dictionary, .set:
        return "[" + mirror.children.map { canonicalText(of: $0.value) }.sorted().joined(separator: ",") + "]"
    case _ where parts.isEmpty:
        // With its length, so that no text can be taken for two.
        let text = String(describing: value)
        return "\(text.utf8.count):\(text)"
    default: return "\(mirror.subjectType){\(parts.joined(separator: ","))}"
    }
}

/// Makes the resume key of each check.
struct ResumeKeys {
    private let base: ResumeKey

    init(configuration: Configuration, identity: RunIdentity) {
        let secrets = Dictionary(configuration.secrets.map { ($0.name, $0.version) }) { first, _ in first }
        let target = configuration.target.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(
            separator: " ")
        base = ResumeKey(
            schema: JournalFormat.schema, build: identity.build, check: "", configuration: configuration.fingerprint,
            secrets: secrets, target: target, commit: identity.change["commit"] ?? "")
    }

    func key(of descriptor: CheckDescriptor) -> ResumeKey {
        var key = base
        key.check = (try? JSON.text(descriptor)).map(Digest.sha256Hex(of:)) ?? ""
        return key
    }
}
