import Formats
import HTTPClient
import Testing

@testable import Publication

/// Where a workflow's variables say that it is.
@Suite struct GitHubPlaceTests {
    private static let variables = [
        "GITHUB_REPOSITORY": "example/platform", "GITHUB_SHA": "89abcdef0123456789abcdef0123456789abcdef",
        "GITHUB_REF": "refs/pull/12/merge",
    ]

    @Test("in a pull request the check run goes to its head, and the analysis to the merge")
    func pullRequest() throws {
        let event: JSONValue = [
            "number": 12, "pull_request": ["number": 12, "head": ["sha": "0123456789abcdef0123456789abcdef01234567"]],
        ]
        let place = try GitHubPlace(environment: Self.variables, event: event)
        #expect(place.pullRequest == 12)
        #expect(place.head == "0123456789abcdef0123456789abcdef01234567")
        #expect(place.commit == "89abcdef0123456789abcdef0123456789abcdef")
        #expect(place.reference == "refs/pull/12/merge")
    }

    @Test("without the event's file the reference tells the number; a push has none")
    func reference() throws {
        #expect(try GitHubPlace(environment: Self.variables, event: nil).pullRequest == 12)
        let push = Self.variables.merging(["GITHUB_REF": "refs/heads/main"]) { $1 }
        #expect(try GitHubPlace(environment: push, event: nil).pullRequest == nil)
    }

    @Test(
        "an enterprise server has GraphQL next to REST",
        arguments: [
            ("https://api.github.com", "https://api.github.com/graphql"),
            ("https://github.example.com/api/v3", "https://github.example.com/api/graphql"),
        ])
    func enterprise(api: String, graphQL: String) throws {
        let variables = Self.variables.merging(["GITHUB_API_URL": api]) { $1 }
        #expect(try GitHubPlace(environment: variables, event: nil).graphQL == graphQL)
    }

    @Test("what is no repository, no commit or no place for a token is refused")
    func wrong() {
        #expect(throws: PublicationError.self) { try GitHubPlace(environment: [:], event: nil) }
        #expect(throws: PublicationError.self) {
            try GitHubPlace(environment: [:], event: nil, repository: "../../etc")
        }
        #expect(throws: PublicationError.self) {
            try GitHubPlace(environment: Self.variables, event: nil, commit: "main")
        }
        for address in ["http://github.example.com/api/v3", "ftp://127.0.0.1", "https://"] {
            #expect(throws: PublicationError.self) {
                try GitHubPublication(
                    at: GitHubPlace(repository: "a/b", api: address), token: "ghs_made-up", http: HTTPClient())
            }
        }
    }
}
