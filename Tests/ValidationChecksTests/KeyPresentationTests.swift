import RunModel
import TestSupport
import Testing

@testable import ValidationChecks

/// Every way to present a key with the answer it must get, and answers that it must not.
@Suite struct KeyPresentationTests {
    struct Row: Sendable, CustomStringConvertible {
        var id: CheckID
        var right: Answer
        var wrong: [Answer]
        var description: String { id.rawValue }

        init(_ id: CheckID, _ right: Answer, wrong: Answer...) {
            self.id = id
            self.right = right
            self.wrong = wrong
        }
    }

    enum Answer: Sendable {
        case accepted, required, invalid, admin, authDown, broken, notFound

        var reply: LoopbackHTTPServer.Reply {
            switch self {
            case .accepted: .json(#"{"experiments":[]}"#)
            case .required: .json(#"{"detail":"API key required"}"#, status: 401)
            case .invalid: .json(#"{"detail":"Invalid or expired API key"}"#, status: 401)
            case .admin: .json(#"{"detail":"Admin access","error":"REGISTRY_ADMIN_REQUIRED"}"#, status: 403)
            case .authDown: .json(#"{"detail":"Authentication service unavailable"}"#, status: 503)
            case .broken: .json(#"{"detail":"Internal server error"}"#, status: 500)
            case .notFound: .json(#"{"detail":"Debug endpoint not available"}"#, status: 404)
            }
        }
    }

    static let rows = [
        Row("AU-01", .accepted, wrong: .required, .invalid, .admin, .authDown),
        Row("AU-02", .accepted, wrong: .required, .broken),
        Row("AU-03", .accepted, wrong: .required, .invalid),
        Row("AU-04", .accepted, wrong: .required, .invalid),
        Row("AU-05", .accepted, wrong: .required, .invalid),
        Row("AU-06", .notFound, wrong: .required, .accepted),
        Row("AU-07", .invalid, wrong: .accepted, .required),
        Row("AU-10", .required, wrong: .accepted, .invalid, .notFound),
        Row("AU-11", .required, wrong: .accepted, .invalid),
        Row("AU-12", .required, wrong: .accepted, .invalid),
        Row("AU-13", .required, wrong: .accepted, .invalid),
        Row("AU-14", .required, wrong: .accepted, .broken),
        Row("AU-15", .required, wrong: .accepted, .invalid),
        Row("AU-16", .required, wrong: .accepted, .broken),
        Row("AU-20", .invalid, wrong: .accepted, .required, .authDown),
        Row("AU-21", .invalid, wrong: .accepted, .required),
        Row("AU-22", .invalid, wrong: .accepted, .broken),
        Row("AU-23", .invalid, wrong: .accepted, .broken),
        Row("AU-24", .invalid, wrong: .accepted, .broken),
        Row("AU-25", .invalid, wrong: .accepted, .broken),
        Row("AU-26", .invalid, wrong: .accepted, .broken),
        Row("AU-27", .invalid, wrong: .accepted, .notFound),
        Row("AU-28", .invalid, wrong: .accepted),
        Row("AU-29", .invalid, wrong: .accepted, .required),
        Row("AU-30", .invalid, wrong: .accepted, .required),
        Row("AU-31", .invalid, wrong: .accepted, .required),
        Row("AU-32", .admin, wrong: .accepted, .invalid),
    ]

    @Test("the answer that it must get passes", arguments: rows) func right(row: Row) async throws {
        let result = try await CheckOnLoopback.run(row.id) { _ in row.right.reply }
        #expect(result.status == .passed, "\(row): \(result.told)")
    }

    @Test("another answer fails", arguments: rows) func wrong(row: Row) async throws {
        for answer in row.wrong {
            let result = try await CheckOnLoopback.run(row.id) { _ in answer.reply }
            #expect(result.status == .failed, "\(row) on \(answer): \(result.told)")
        }
    }

    @Test("every presentation has its row") func complete() {
        let all =
            KeyPresentations.accepted + KeyPresentations.missing + KeyPresentations.invalid + KeyPresentations.limited
        #expect(Set(all.map(\.id)) == Set(Self.rows.map(\.id)))
    }

    @Test("an answer that repeats the key fails, whatever its status") func echo() async throws {
        let result = try await CheckOnLoopback.run("AU-29") { request in
            .json(#"{"detail":"Invalid or expired API key \#(request.header("Authorization") ?? "")"}"#, status: 401)
        }
        #expect(result.status == .failed)
        #expect(result.told.contains("repeats the key"))
    }
}
