import Formats
import Foundation
import HTTPClient

/// Publishes a run on GitHub: a comment on the pull request, a check run, the analysis for code scanning.
///
/// Each is one thing however often it is published: the comment is found by its marker and its author, the check run by the run's id,
/// and an analysis replaces the one of the same tool, environment and commit.
public struct GitHubPublication: Sendable {
    public enum Part: String, CaseIterable, Sendable {
        case comment
        case check
        case sarif
    }

    let place: GitHubPlace
    let api: VendorAPI
    let graphQL: VendorAPI
    private let isOfApp: Bool
    let patience: Patience

    /// The version of the REST API that the requests are written for.
    static let version = "2022-11-28"

    /// - Parameters:
    ///   - token: of an app's installation (`ghs_…`, as a workflow has), or a person's.
    ///   - rehearsal: shown what would be sent; nil sends it.
    /// - Throws: ``PublicationError`` for an address that would give the token away.
    public init(
        at place: GitHubPlace, token: String, http: HTTPClient, patience: Patience = Patience(),
        rehearsal: (@Sendable (PlannedRequest) -> Void)? = nil, notify: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(PublicationError) {
        self.place = place
        self.patience = patience
        isOfApp = token.hasPrefix("ghs_")
        func client(_ base: String) throws(PublicationError) -> VendorAPI {
            VendorAPI(
                name: "GitHub", base: try VendorAPI.examine(base, "GitHub"),
                headers: [
                    HTTPHeader("Authorization", "Bearer \(token)"),
                    HTTPHeader("Accept", "application/vnd.github+json"),
                    HTTPHeader("X-GitHub-Api-Version", Self.version),
                ], http: http, patience: patience, rehearsal: rehearsal, notify: notify, advice: Self.advice)
        }
        api = try client(place.api)
        graphQL = try client(place.graphQL)
    }

    var path: String { "/repos/\(place.repository)" }

    /// - Parameter parts: nil publishes the comment in a pull request, and a check run where the token is an app's.
    public func publish(_ run: PublishedRun, _ parts: Set<Part>? = nil) async -> [PublicationResult] {
        var results: [PublicationResult] = []
        for part in Part.allCases where parts?.contains(part) ?? (part != .sarif) {
            do throws(PublicationError) {
                switch part {
                case .comment: results.append(try await comment(on: run, isAsked: parts != nil))
                case .check: results.append(try await check(of: run, isAsked: parts != nil, isOfApp: isOfApp))
                case .sarif: results.append(try await analysis(of: run))
                }
            } catch {
                results.append(PublicationResult(part.name, .failed(error)))
            }
        }
        return results
    }

    /// What to do about a refusal ("Troubleshooting the REST API", GitHub Docs).
    @Sendable static func advice(_ status: Int, _ message: String) -> String {
        switch status {
        case 401:
            return
                "The token is not valid, or not any more. In a workflow pass `GITHUB_TOKEN: ${{ github.token }}` in the step's environment"
        case 403 where message.contains("Advanced Security") || message.contains("Code scanning"):
            return "Switch code scanning on in the repository's settings, or leave the part `sarif` out"
        case 403 where message.contains("SAML"):
            return "Authorize the token for the organization's single sign-on"
        case 403:
            return
                "The token may not do this. A comment needs `pull-requests: write`, a check run `checks: write` of an app's token, an "
                + "analysis `security-events: write`, all `contents: read`. A workflow of a fork's pull request has a token that only reads"
        case 404:
            return
                "There is no such repository, pull request or commit, or the token may not see it: GitHub says 404 for both. Look at "
                + "--repository and --pull-request, and whether the token was given this repository"
        case 410: return "The feature is switched off in this repository"
        case 422: return "GitHub does not take what was sent; its answer says which part"
        default: return ""
        }
    }
}

extension GitHubPublication.Part {
    var name: String {
        switch self {
        case .comment: "comment"
        case .check: "check run"
        case .sarif: "analysis"
        }
    }
}
