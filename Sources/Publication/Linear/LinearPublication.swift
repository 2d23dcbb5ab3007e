import Formats
import HTTPClient

/// Keeps an issue in Linear for each cause: made when it is found, closed when it is gone, the same one opened again when it comes
/// back ("Attachments", Linear Developers: an attachment's URL finds its issue).
public struct LinearPublication: Sendable {
    private let place: LinearPlace
    private let api: LinearAPI

    /// - Parameter token: a personal API key (`LINEAR_API_KEY`).
    /// - Throws: ``PublicationError`` for an address that would give the token away.
    public init(
        at place: LinearPlace, token: String, http: HTTPClient, patience: Patience = Patience(),
        rehearsal: (@Sendable (PlannedRequest) -> Void)? = nil, notify: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(PublicationError) {
        self.place = place
        api = LinearAPI(
            vendor: VendorAPI(
                name: "Linear", base: try VendorAPI.examine(place.api, "Linear"),
                headers: [HTTPHeader("Authorization", token)], http: http, patience: patience, rehearsal: rehearsal,
                notify: notify, advice: LinearAPI.advice))
    }

    public func publish(_ run: PublishedRun) async -> [PublicationResult] {
        let team: LinearAPI.Team
        let known: [LinearAPI.Attachment]
        do throws(PublicationError) {
            team = try await api.team(place.team)
            known = try await api.attachments(startingWith: place.prefix(run.environment))
        } catch {
            return [PublicationResult("issues", .failed(error))]
        }
        var results: [PublicationResult] = []
        let wanted = run.issues.filter { !$0.isMuted && $0.priority <= place.leastPriority }
        for issue in wanted {
            let address = place.address(of: issue.fingerprint)
            do throws(PublicationError) {
                results.append(try await keep(issue, at: address, known.filter { $0.url == address }, team, run))
            } catch {
                results.append(PublicationResult("issue of \(issue.fingerprint)", .failed(error)))
            }
        }
        let found = Set(run.issues.map { place.address(of: $0.fingerprint) })
        for attachment in known where !found.contains(attachment.url) && attachment.issue.isOpen {
            do throws(PublicationError) {
                results.append(try await close(attachment, team, run))
            } catch {
                results.append(PublicationResult("issue \(attachment.issue.identifier)", .failed(error)))
            }
        }
        if results.isEmpty { results.append(PublicationResult("issues", .skipped("there is no cause that wants one"))) }
        return results
    }

    // MARK: A cause that is there

    private func keep(
        _ issue: PublishedIssue, at address: String, _ known: [LinearAPI.Attachment], _ team: LinearAPI.Team,
        _ run: PublishedRun
    ) async throws(PublicationError) -> PublicationResult {
        // Several when somebody attached the address to another issue as well: an open one counts.
        guard let attachment = known.first(where: \.issue.isOpen) ?? known.last else {
            return try await make(issue, at: address, team, run)
        }
        let existing = attachment.issue
        let what = "issue \(existing.identifier)"
        if existing.isOpen { return PublicationResult(what, .unchanged, url: existing.url) }
        // Whoever cancels an issue has decided that it is not to be done.
        if existing.stateType == "canceled" || existing.stateType == "duplicate" {
            return PublicationResult(what, .skipped("somebody cancelled it, and it is left so"), url: existing.url)
        }
        let sent = try await api.move(existing.id, to: try team.state("unstarted", "backlog", "triage"))
        try await api.comment(
            existing.id, "It is back in run `\(run.runID)`.\n\n\(issue.body)",
            id: LinearPlace.identifier(address, run.runID, "back"))
        return PublicationResult("\(what), which was closed", sent ? .updated : .planned, url: existing.url)
    }

    private func make(
        _ issue: PublishedIssue, at address: String, _ team: LinearAPI.Team, _ run: PublishedRun
    ) async throws(PublicationError) -> PublicationResult {
        let id = LinearPlace.identifier(address, team.id)
        let made = try await api.make(id, issue, team)
        // An earlier attempt may have made it and not come to this.
        try await api.attach(address, to: id, title: "Plumbline: \(issue.fingerprint)", subtitle: run.headline)
        return PublicationResult(
            "issue \(made?.identifier ?? "of \(issue.fingerprint)")", made == nil ? .planned : .created, url: made?.url)
    }

    // MARK: A cause that is gone

    private func close(
        _ attachment: LinearAPI.Attachment, _ team: LinearAPI.Team, _ run: PublishedRun
    ) async throws(PublicationError) -> PublicationResult {
        let issue = attachment.issue
        let check = Self.check(of: attachment.url)
        // A run that did not look proves nothing.
        guard run.passed.contains(check) else {
            return PublicationResult(
                "issue \(issue.identifier)", .skipped("its check \(check) did not pass in this run, and did not fail"),
                url: issue.url)
        }
        try await api.comment(
            issue.id, "Fixed: \(check) passed in run `\(run.runID)`.",
            id: LinearPlace.identifier(attachment.url, run.runID, "fixed"))
        let sent = try await api.move(issue.id, to: try team.state("completed"))
        return PublicationResult(
            "issue \(issue.identifier), which is fixed", sent ? .updated : .planned, url: issue.url)
    }

    /// The check at the root of a finding, which ends its fingerprint.
    private static func check(of address: String) -> String {
        address.components(separatedBy: "%2F").last ?? ""
    }
}
