import CheckKit
import Formats
import Foundation
import HTTPClient
import RunModel
import Secrets
import UndoLog

/// A key of the auth service that one check makes for itself and takes away again (contract §4.5).
struct TemporaryKey: Sendable {
    /// The key of the configuration that holds the auth service's admin token.
    static let administrator = KeyName.authAdministrator
    /// Even a key whose revocation was lost ends after this time.
    private static let lifetime = Duration.seconds(900)

    let key: String
    let id: String
    private let undoID: String

    /// Makes a key for service `platform` that ends by itself.
    ///
    /// Its id is known only when it exists, so its undo is written down right after; what dies in between is covered by
    /// the key's own end.
    static func make(_ purpose: String, callsPerHour: Int, _ context: CheckContext) async throws -> TemporaryKey {
        let ends = Date().addingTimeInterval(lifetime.seconds)
        let body: JSONValue = [
            "name": .string("plumbline-\(context.runID.rawValue)-\(purpose)"), "service_id": "platform",
            "environment": .string(context.configuration.environment),
            "rate_limit_per_hour": .integer(Int64(callsPerHour)), "scopes": ["model:read"],
            "expires_at": .string(ends.formatted(.iso8601)),
        ]
        var request = try administration("POST", "/api/v1/keys", context)
        request.headers.append(HTTPHeader("Content-Type", "application/json"))
        request.body = Array(try JSON.data(body))
        let response = try await context.ask(request)
        if response.status == 404 || response.status == 405 {
            throw Stop.skipped("this auth service makes no keys: \(EndpointCheck.shown(response))")
        }
        guard response.status == 201 || response.status == 200 else {
            throw Stop.inconclusive(
                context.symptom(of: response, method: "POST"),
                "the auth service makes no key for a test: \(EndpointCheck.shown(response))")
        }
        let answer = try? response.json(JSONValue.self)
        guard let key = answer?["api_key"]?.string, let id = answer?["key_id"]?.string else {
            throw Stop.failed(
                .deviation(.auth, .shape, ["api_key", "key_id"]),
                "a new key is not in the response", expected: "api_key and key_id",
                got: (answer?.object?.keys.sorted() ?? []).joined(separator: ", "))
        }
        Redactor.current.learn(key, as: "temporary-key")
        return TemporaryKey(key: key, id: id, undoID: try await writeDown(id, context))
    }

    /// Revokes it when the test is over: whether that works says nothing of the test.
    func giveBack(_ context: CheckContext) async {
        await context.takeBack(.record(id: undoID), patience: .seconds(15))
    }

    /// Revokes it as a part of the test.
    ///
    /// - Throws: ``Stop`` when the auth service does not.
    func revoke(_ context: CheckContext) async throws {
        let report = try await context.undoReplay.run(.record(id: undoID), by: "run", patience: .seconds(15))
        guard let failure = report.failed.first else { return }
        // Only the service's own answer says that it refuses: an undo may fail for a reason of ours.
        let response = try await context.ask(Self.administration("DELETE", Self.path(of: id), context))
        guard !Self.revoked.contains(response.status) else {
            throw Stop.inconclusive(
                .obstacle(.prerequisite, of: .auth), "the key was revoked at the second request only: \(failure.reason)"
            )
        }
        throw Stop.failed(
            .deviation(.auth, .refusal), "a key cannot be revoked", expected: "200 or 204",
            got: EndpointCheck.shown(response))
    }

    /// What the auth service answers to the revocation of a key that is revoked after it.
    private static let revoked = [200, 204, 404]

    private static func path(of id: String) -> String { "/api/v1/keys/\(id)" }

    private static func administration(_ method: String, _ path: String, _ context: CheckContext) throws -> HTTPRequest
    {
        HTTPRequest(
            method: method, url: try context.url(of: .auth, path: path),
            headers: [CheckContext.bearer(try context.key(administrator))], deadline: .seconds(10))
    }

    private static func writeDown(_ id: String, _ context: CheckContext) async throws -> String {
        let secret = context.configuration.keys[administrator.rawValue]?.name
        let action = UndoAction.HTTPAction(
            method: "DELETE", url: try context.url(of: .auth, path: path(of: id)),
            expectedStatuses: revoked,
            secretHeader: secret.map { .init(name: "Authorization", prefix: "Bearer ", secret: $0) })
        let record = UndoRecord(
            runID: context.runID, checkID: context.descriptor.id, what: "key \(id) of the auth service",
            openedAt: Date(), lease: lifetime, actions: [.http(action)])
        try await context.undoLog.writeAhead(record)
        return record.id
    }
}
