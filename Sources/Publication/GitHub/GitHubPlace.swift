import Formats
import Foundation

/// Where on GitHub something is published.
public struct GitHubPlace: Hashable, Sendable {
    /// `owner/name`.
    public var repository: String
    /// Nil outside of a pull request.
    public var pullRequest: Int?
    /// The commit that a check run belongs to: the head of the pull request, not the merge that was tested.
    public var head: String?
    /// The commit and the reference that an analysis belongs to: both of the merge in a workflow of a pull request.
    public var commit: String?
    public var reference: String?
    /// `https://api.github.com`, or that of an enterprise server.
    public var api: String
    public var graphQL: String

    public init(
        repository: String, pullRequest: Int? = nil, head: String? = nil, commit: String? = nil,
        reference: String? = nil, api: String = "https://api.github.com", graphQL: String? = nil
    ) {
        self.repository = repository
        self.pullRequest = pullRequest
        self.head = head
        self.commit = commit
        self.reference = reference
        self.api = api
        self.graphQL = graphQL ?? Self.graphQL(of: api)
    }

    /// An enterprise server has REST at `/api/v3` and GraphQL at `/api/graphql`.
    private static func graphQL(of api: String) -> String {
        let base = api.hasSuffix("/") ? String(api.dropLast()) : api
        return base.hasSuffix("/api/v3") ? base.dropLast(2) + "graphql" : base + "/graphql"
    }

    private static var sha: Regex<Substring> { #/[0-9a-f]{40,64}/# }

    /// Reads the variables of a workflow ("Variables reference", GitHub Docs).
    ///
    /// - Parameters:
    ///   - event: the file that `GITHUB_EVENT_PATH` names.
    ///   - tested: the commit that the run was told, for outside of a workflow.
    /// - Throws: ``PublicationError`` without a repository.
    public init(
        environment: [String: String], event: JSONValue?, tested: String? = nil, repository: String? = nil,
        pullRequest: Int? = nil, commit: String? = nil, reference: String? = nil
    ) throws(PublicationError) {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        guard let repository = repository ?? variable("GITHUB_REPOSITORY") else {
            throw PublicationError(
                .unusable, "no repository is named",
                advice: "Give --repository OWNER/NAME; in a workflow GITHUB_REPOSITORY says it")
        }
        guard repository.wholeMatch(of: #/[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+/#) != nil else {
            throw PublicationError(
                .unusable, "‘\(repository)’ is no repository", advice: "Give --repository OWNER/NAME")
        }
        let eventReference = variable("GITHUB_REF")
        let ofEvent = event?.at("pull_request.number")?.number ?? event?.at("number")?.number
        let ofReference = eventReference?.wholeMatch(of: #/refs/pull/(\d+)/(merge|head)/#).flatMap { Int($0.1) }
        // What the run was told may be a short form, which the API does not take.
        let tested = tested.flatMap { $0.wholeMatch(of: Self.sha) == nil ? nil : $0 }
        self.init(
            repository: repository, pullRequest: pullRequest ?? ofEvent.flatMap(Int.init(exactly:)) ?? ofReference,
            head: commit ?? event?.at("pull_request.head.sha")?.string ?? variable("GITHUB_SHA") ?? tested,
            commit: commit ?? variable("GITHUB_SHA") ?? tested, reference: reference ?? eventReference,
            api: variable("GITHUB_API_URL") ?? "https://api.github.com", graphQL: variable("GITHUB_GRAPHQL_URL"))
        for sha in [head, self.commit].compactMap(\.self) {
            guard sha.wholeMatch(of: Self.sha) != nil else {
                throw PublicationError(
                    .unusable, "‘\(sha)’ is no commit", advice: "Give --commit with the 40 digits of its SHA")
            }
        }
    }
}
