import Formats
import HTTPClient

/// Where on GitLab something is published.
public struct GitLabPlace: Hashable, Sendable {
    /// A number, or `group/name`.
    var project: String
    /// The merge request's number in its project.
    var mergeRequest: Int
    /// `https://gitlab.com/api/v4`, or that of another instance.
    public var api: String

    /// Reads the variables of a job ("Predefined CI/CD variables reference", GitLab Docs).
    ///
    /// - Throws: ``PublicationError`` outside of a merge request.
    public init(
        environment: [String: String], project: String? = nil, mergeRequest: Int? = nil
    ) throws(PublicationError) {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        // The project that the merge request is for: a pipeline of a fork runs in the fork.
        guard let project = project ?? variable("CI_MERGE_REQUEST_PROJECT_ID") ?? variable("CI_PROJECT_ID") else {
            throw PublicationError(
                .unusable, "no project is named", advice: "Give --project; in a job CI_PROJECT_ID says it")
        }
        guard let mergeRequest = mergeRequest ?? variable("CI_MERGE_REQUEST_IID").flatMap({ Int($0) }) else {
            throw PublicationError(
                .unusable, "this is no pipeline of a merge request",
                advice:
                    "Give --merge-request with its number, or run the job under `rules: - if: $CI_PIPELINE_SOURCE == \"merge_request_event\"`"
            )
        }
        self.project = project
        self.mergeRequest = mergeRequest
        api = variable("CI_API_V4_URL") ?? "https://gitlab.com/api/v4"
    }
}

/// Publishes a run as a note on a merge request of GitLab, one for each environment ("Notes API", GitLab Docs).
public struct GitLabPublication: Sendable {
    private let place: GitLabPlace
    private let api: VendorAPI

    /// GitLab takes 1,000,000 characters.
    static let largestNote = 1_000_000

    /// - Parameter token: of a project, a group or a person, with the scope `api`. A job's own token may write no notes.
    /// - Throws: ``PublicationError`` for an address that would give the token away.
    public init(
        at place: GitLabPlace, token: String, http: HTTPClient, patience: Patience = Patience(),
        rehearsal: (@Sendable (PlannedRequest) -> Void)? = nil, notify: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(PublicationError) {
        self.place = place
        api = VendorAPI(
            name: "GitLab", base: try VendorAPI.examine(place.api, "GitLab"),
            headers: [HTTPHeader("PRIVATE-TOKEN", token)], http: http, patience: patience, rehearsal: rehearsal,
            notify: notify, advice: Self.advice)
    }

    public func publish(_ run: PublishedRun) async -> [PublicationResult] {
        do throws(PublicationError) {
            return [try await note(of: run)]
        } catch {
            return [PublicationResult("note", .failed(error))]
        }
    }

    private func note(of run: PublishedRun) async throws(PublicationError) -> PublicationResult {
        guard run.comment.utf8.count <= Self.largestNote else {
            throw PublicationError(
                .unusable, "the note has \(run.comment.utf8.count) bytes, and GitLab takes \(Self.largestNote)",
                advice: "Shorten the template pr-comment.md")
        }
        let author = try api.value(of: try await api.get("/user"), "GET", "/user")["id"]?.number
        guard let author else { throw api.malformed("GET", "/user", "a user with an id") }
        let list =
            "/projects/\(PercentEncoding.encode(place.project))/merge_requests/\(place.mergeRequest)/notes"
        func find() async throws(PublicationError) -> JSONValue? {
            try await api.first(in: "\(list)?sort=asc&order_by=created_at") { note in
                note["system"]?.boolean != true && note.at("author.id")?.number == author
                    && run.isMarked(note["body"]?.string ?? "")
            }
        }
        let body: JSONValue = ["body": .string(run.comment)]
        guard let found = try await find() else {
            let made = try await api.create(list, body, orFind: find)
            return PublicationResult("note", made == nil ? .planned : .created)
        }
        if PublishedRun.same(found["body"]?.string ?? "", run.comment) { return PublicationResult("note", .unchanged) }
        guard let id = found["id"]?.number.flatMap(Int.init(exactly:)) else {
            throw api.malformed("GET", list, "notes with ids")
        }
        let changed = try await api.put("PUT", "\(list)/\(id)", body)
        return PublicationResult("note", changed == nil ? .planned : .updated)
    }

    @Sendable private static func advice(_ status: Int, _ message: String) -> String {
        switch status {
        case 401:
            "The token is not valid, or not any more. Give a project access token with the scope `api` and the role Reporter, as a masked "
                + "variable GITLAB_TOKEN; CI_JOB_TOKEN may write no notes"
        case 403: "The token may not do this: it needs the scope `api` and the role Reporter or higher in the project"
        case 404:
            "There is no such project or merge request, or the token may not see it: GitLab says 404 for both. Look at --project and "
                + "--merge-request"
        case 400, 422: "GitLab does not take what was sent; its answer says which part"
        default: ""
        }
    }
}
