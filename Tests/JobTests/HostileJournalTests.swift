import Durable
import Foundation
import RunModel
import TestSupport
import Testing

@testable import Job

/// Journals that ask more of their reader than any run writes are refused by what is too much, before a line is decoded.
@Suite struct HostileJournalTests {
    private static let limits: JournalLimits = {
        var limits = JournalLimits()
        (limits.bytes, limits.lineBytes, limits.lines) = (1 << 20, 64 << 10, 50)
        (limits.lineValues, limits.values, limits.width) = (2_000, 5_000, 1_500)
        (limits.textBytes, limits.depth) = (4_000, 20)
        return limits
    }()

    private func refusal(of lines: [String], end: String = "") async throws -> String {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "journal.jsonl").path
            var (chain, bytes) = (LineChain(), [UInt8]())
            for line in lines {
                let (next, after) = chain.line(Array(line.utf8))
                bytes += next
                chain = after
            }
            try Data(bytes + Array(end.utf8)).write(to: URL(fileURLWithPath: path))
            do throws(JournalError) {
                _ = try JournalAccount.read(path: path, within: Self.limits)
                return "it was read"
            } catch {
                guard case .excessive = error else { return "another error: \(error)" }
                return "\(error)"
            }
        }
    }

    private static func event(_ extra: String) -> String {
        #"{"at":"2026-01-01T00:00:00.000Z","event":{"kind":"phase-started","phase":1,"x":\#(extra)},"seq":1}"#
    }

    private static func list(_ element: String, _ count: Int) -> String {
        "[" + Array(repeating: element, count: count).joined(separator: ",") + "]"
    }

    @Test(
        "what is too much in a line is named",
        arguments: [
            (String(repeating: "[", count: 30) + String(repeating: "]", count: 30), "deep in one another"),
            (list("[]", 1_600), "a list or object of"), (list(list("[]", 100), 20), "values in a line"),
            ("\"" + String(repeating: "a", count: 5_000) + "\"", "a text of"),
            (list("1", 40_000), "a line of"),
        ])
    func line(extra: String, reason: String) async throws {
        let text = try await refusal(of: [Self.event(extra)])
        #expect(text.contains("line 1 has") && text.contains(reason), "\(text)")
        #expect(text.contains("--large"))
    }

    @Test("a line without an end is not collected")
    func endless() async throws {
        let text = try await refusal(of: [], end: String(repeating: "a", count: 700 << 10))
        #expect(text.contains("a line of more than"), "\(text)")
    }

    @Test("so is what is too much in all lines together")
    func sums() async throws {
        let lines = (1...60).map { Self.event("0").replacing("\"seq\":1", with: "\"seq\":\($0)") }
        let text = try await refusal(of: lines)
        #expect(text.contains("line 51 has more than 50 lines"), "\(text)")
        let heavy = (1...10).map { Self.event(Self.list("[]", 900)).replacing("\"seq\":1", with: "\"seq\":\($0)") }
        #expect(try await refusal(of: heavy).contains("more than 5000 values"))
    }

    @Test("what a run writes is read whatever the limits of others are")
    func own() async throws {
        let fixture = try await ForgeryFixture.make()
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "journal.jsonl")
            try Data(try #require(fixture.files["journal.jsonl"])).write(to: path)
            for limits in [nil, JournalLimits.untrusted] {
                let account = try JournalAccount.read(path: path.path, within: limits)
                #expect(account.objections == [] && account.end != nil && account.tornBytes == 0)
            }
        }
    }
}
