import Formats

extension GitHubPublication {
    /// GitHub takes 65,536 characters; bytes are never fewer.
    static let largestComment = 65_536

    /// Makes the comment, or brings the one that is there up to date.
    ///
    /// One with the same marker that somebody else wrote is left alone: whoever may comment could put it there.
    func comment(on run: PublishedRun, isAsked: Bool) async throws(PublicationError) -> PublicationResult {
        guard let number = place.pullRequest else {
            let reason = "this is no pull request"
            guard isAsked else { return PublicationResult("comment", .skipped(reason)) }
            throw PublicationError(.unusable, reason, advice: "Give --pull-request with its number")
        }
        guard run.comment.utf8.count <= Self.largestComment else {
            throw PublicationError(
                .unusable,
                "the comment has \(run.comment.utf8.count) bytes, and GitHub takes \(Self.largestComment) characters",
                advice: "Shorten the template pr-comment.md")
        }
        let author = try await viewer()
        let list = "\(path)/issues/\(number)/comments"
        func find() async throws(PublicationError) -> JSONValue? {
            try await api.first(in: list, where: { run.isMarked($0["body"]?.string ?? "") && author.wrote($0) })
        }
        let body: JSONValue = ["body": .string(run.comment)]
        guard let found = try await find() else {
            let made = try await api.create(list, body, orFind: find)
            return PublicationResult("comment", made == nil ? .planned : .created, url: made?["html_url"]?.string)
        }
        let url = found["html_url"]?.string
        if PublishedRun.same(found["body"]?.string ?? "", run.comment) {
            return PublicationResult("comment", .unchanged, url: url)
        }
        guard let id = found["id"]?.number.flatMap(Int.init(exactly:)) else {
            throw api.malformed("GET", list, "comments with ids")
        }
        let changed = try await api.put("PATCH", "\(path)/issues/comments/\(id)", body)
        return PublicationResult("comment", changed == nil ? .planned : .updated, url: url)
    }

    /// Whom the token belongs to. REST's `/user` is closed to the tokens of apps; GraphQL's `viewer` knows both kinds.
    private func viewer() async throws(PublicationError) -> Viewer {
        let answer = try await graphQL.ask("", ["query": "query { viewer { login databaseId } }"])
        guard let login = answer.at("data.viewer.login")?.string, !login.isEmpty else {
            throw PublicationError(
                .refused, "GitHub does not say whom the token belongs to: \(String(answer.text.prefix(300)))",
                advice: "Without that nobody can tell the own comment from one of somebody else, so none was written")
        }
        return Viewer(login: login, id: answer.at("data.viewer.databaseId")?.number)
    }

    private struct Viewer {
        let login: String
        let id: Double?

        func wrote(_ comment: JSONValue) -> Bool {
            guard let user = comment["user"] else { return false }
            if let id, let author = user["id"]?.number, id == author { return true }
            return user["login"]?.string == login
        }
    }
}
