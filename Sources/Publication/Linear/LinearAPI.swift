import Formats

/// The part of Linear's GraphQL API that issues need.
struct LinearAPI: Sendable {
    let vendor: VendorAPI

    struct Team: Sendable {
        let id: String
        /// By kind (`completed`, `unstarted`, …), the first in the team's own order.
        let states: [String: String]

        func state(_ kinds: String...) throws(PublicationError) -> String {
            guard let state = kinds.lazy.compactMap({ states[$0] }).first else {
                throw PublicationError(
                    .unusable, "the team has no workflow state of the kind \(kinds.joined(separator: ", "))",
                    advice: "Add one in the team's settings")
            }
            return state
        }
    }

    struct Issue: Sendable {
        let id: String
        let identifier: String
        let url: String?
        let stateType: String

        var isOpen: Bool { !["completed", "canceled", "duplicate"].contains(stateType) }

        init?(_ value: JSONValue?) {
            guard let value, let id = value["id"]?.string else { return nil }
            self.id = id
            identifier = value["identifier"]?.string ?? id
            url = value["url"]?.string
            stateType = value.at("state.type")?.string ?? ""
        }
    }

    struct Attachment: Sendable {
        let url: String
        let issue: Issue
    }

    // MARK: Reading

    func team(_ key: String) async throws(PublicationError) -> Team {
        let data = try await ask(
            """
            query Team($key: String!) {
              teams(filter: { key: { eqIgnoreCase: $key } }, first: 1) {
                nodes { id states(first: 100) { nodes { id type position } } }
              }
            }
            """, ["key": .string(key)])
        guard let team = data.at("teams.nodes[0]"), let id = team["id"]?.string else {
            throw PublicationError(
                .unusable, "Linear knows no team with the key \(key)",
                advice:
                    "Give --team with the letters before an issue's number; a private team needs a key of one of its members"
            )
        }
        var states: [String: (position: Double, id: String)] = [:]
        for state in team.at("states.nodes")?.array ?? [] {
            guard let type = state["type"]?.string, let id = state["id"]?.string else { continue }
            let position = state["position"]?.number ?? 0
            if let known = states[type], known.position <= position { continue }
            states[type] = (position, id)
        }
        return Team(id: id, states: states.mapValues(\.id))
    }

    /// Every attachment whose address begins so, with its issue.
    func attachments(startingWith prefix: String) async throws(PublicationError) -> [Attachment] {
        var found: [Attachment] = []
        var cursor = JSONValue.null
        for _ in 0..<100 {
            let data = try await ask(
                """
                query Attachments($prefix: String!, $after: String) {
                  attachments(filter: { url: { startsWith: $prefix } }, first: 100, after: $after) {
                    nodes { url issue { id identifier url state { type } } }
                    pageInfo { hasNextPage endCursor }
                  }
                }
                """, ["prefix": .string(prefix), "after": cursor])
            for node in data.at("attachments.nodes")?.array ?? [] {
                guard let url = node["url"]?.string, let issue = Issue(node["issue"]) else { continue }
                found.append(Attachment(url: url, issue: issue))
            }
            guard data.at("attachments.pageInfo.hasNextPage") == true,
                let next = data.at("attachments.pageInfo.endCursor"), next != cursor
            else { return found }
            cursor = next
        }
        return found
    }

    // MARK: Writing

    /// Makes an issue; one with this id that is there already is the one.
    ///
    /// - Returns: nil in a dry run.
    func make(_ id: String, _ issue: PublishedIssue, _ team: Team) async throws(PublicationError) -> Issue? {
        let input: JSONValue = [
            "id": .string(id), "teamId": .string(team.id), "title": .string(TextLimit.cut(issue.title, to: 250)),
            "description": .string(issue.body),
            // Linear: 1 urgent, 2 high, 3 medium, 4 low.
            "priority": .integer(Int64(issue.priority + 1)),
        ]
        let data = try await make(
            """
            mutation Make($input: IssueCreateInput!) {
              issueCreate(input: $input) { success issue { id identifier url state { type } } }
            }
            """, ["input": input],
            orFind: "query Issue($id: String!) { issue(id: $id) { id identifier url state { type } } }",
            id)
        guard let data else { return nil }
        guard let issue = Issue(data.at("issueCreate.issue") ?? data["issue"]) else {
            throw vendor.malformed("POST", "", "the issue that was made")
        }
        return issue
    }

    /// Attaches the address to the issue. Linear keeps one attachment for an address and an issue, so that it may be said twice.
    func attach(_ url: String, to issue: String, title: String, subtitle: String) async throws(PublicationError) {
        let input: JSONValue = [
            "issueId": .string(issue), "url": .string(url), "title": .string(TextLimit.cut(title, to: 250)),
            "subtitle": .string(TextLimit.cut(subtitle, to: 250)),
        ]
        _ = try await change(
            "mutation Attach($input: AttachmentCreateInput!) { attachmentCreate(input: $input) { success } }",
            ["input": input])
    }

    /// - Returns: whether it was sent.
    func move(_ issue: String, to state: String) async throws(PublicationError) -> Bool {
        try await change(
            """
            mutation Move($id: String!, $input: IssueUpdateInput!) { issueUpdate(id: $id, input: $input) { success } }
            """, ["id": .string(issue), "input": ["stateId": .string(state)]]) != nil
    }

    func comment(_ issue: String, _ text: String, id: String) async throws(PublicationError) {
        _ = try await make(
            "mutation Comment($input: CommentCreateInput!) { commentCreate(input: $input) { success } }",
            ["input": ["id": .string(id), "issueId": .string(issue), "body": .string(text)]],
            orFind: "query Comment($id: String!) { comment(id: $id) { id } }", id)
    }

    // MARK: GraphQL

    private func ask(_ query: String, _ variables: JSONValue) async throws(PublicationError) -> JSONValue {
        try data(of: try await vendor.ask("", ["query": .string(query), "variables": variables]))
    }

    /// A change that may be made twice.
    private func change(_ query: String, _ variables: JSONValue) async throws(PublicationError) -> JSONValue? {
        guard let answer = try await vendor.put("POST", "", ["query": .string(query), "variables": variables]) else {
            return nil
        }
        let data = try data(of: answer)
        guard data.object?.values.contains(where: { $0["success"] == false }) != true else {
            throw PublicationError(.refused, "Linear did not make the change and does not say why")
        }
        return data
    }

    /// A change that must not be made twice, which its id sees to. When it is refused, or nobody knows, what has that id is looked up.
    private func make(
        _ query: String, _ variables: JSONValue, orFind find: String, _ id: String
    ) async throws(PublicationError) -> JSONValue? {
        do throws(PublicationError) {
            return try await change(query, variables)
        } catch let first {
            do throws(PublicationError) {
                return try await ask(find, ["id": .string(id)])
            } catch {
                throw first
            }
        }
    }

    private func data(of answer: JSONValue) throws(PublicationError) -> JSONValue {
        if let error = answer["errors"]?[0] {
            let words = error.at("extensions.userPresentableMessage")?.string ?? error["message"]?.string ?? error.text
            let code = error.at("extensions.code")?.string ?? ""
            throw PublicationError(
                .refused, "Linear refused: \(TerminalText.safe(words))\(code.isEmpty ? "" : " (\(code))")",
                advice: Self.advice(code.contains("AUTH") ? 401 : code.contains("FORBIDDEN") ? 403 : 400, words))
        }
        guard let data = answer["data"], data != .null else { throw vendor.malformed("POST", "", "data") }
        return data
    }

    @Sendable static func advice(_ status: Int, _ message: String) -> String {
        switch status {
        case 401:
            "The key is not valid, or not any more. Make a personal API key in Linear's settings and give it as LINEAR_API_KEY"
        case 403: "The key may not do this: it needs the right to read and to write, in this team"
        default: "Linear does not take what was sent; its answer says why"
        }
    }
}
