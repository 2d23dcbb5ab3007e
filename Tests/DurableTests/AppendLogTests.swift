import Durable
import Foundation
import Secrets
import TestSupport
import Testing

@Suite struct AppendLogTests {
    private static func redactedBody(_ number: Int) -> RedactedBytes {
        Redactor([]).redact(body(number), for: .journal)
    }

    private static func body(_ number: Int) -> [UInt8] { Array(#"{"number":\#(number)}"#.utf8) }

    private static func numbers(_ path: String) throws -> [String] {
        let log = try #require(try AppendLog(path: path, access: .reading))
        var bodies: [String] = []
        try log.readNew { bodies.append(String(decoding: $0, as: UTF8.self)) }
        return bodies
    }

    private static func withLog(lines: Int, _ body: (_ path: String, _ bytes: Data) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.path + "/log.jsonl"
            let log = try #require(try AppendLog(path: path, access: .appending))
            for number in 0..<lines { try log.append(Self.redactedBody(number), isDurable: lines < 10) }
            try await body(path, try Data(contentsOf: URL(fileURLWithPath: path)))
        }
    }

    @Test func `lines come back in order, also past the size of a block`() async throws {
        try await Self.withLog(lines: 5000) { path, bytes in
            #expect(bytes.count > 1 << 18)
            let read = try Self.numbers(path)
            #expect(read == (0..<5000).map { #"{"number":\#($0)}"# })
        }
    }

    @Test func `a second reader takes only what is new`() async throws {
        try await Self.withLog(lines: 3) { path, _ in
            let reader = try #require(try AppendLog(path: path, access: .appendingToExisting))
            var taken = 0
            try reader.readNew { _ in taken += 1 }
            let writer = try #require(try AppendLog(path: path, access: .appending))
            try writer.readNew { _ in }
            try writer.append(Self.redactedBody(3))
            #expect(!reader.isCurrent)
            try reader.readNew { _ in taken += 10 }
            #expect(taken == 13 && reader.isCurrent && reader.count == 4)
        }
    }

    @Test func `a last line torn at any byte is cut off by the next append`() async throws {
        try await Self.withLog(lines: 3) { path, bytes in
            let lastLine = try #require(bytes.dropLast().lastIndex(of: UInt8(ascii: "\n"))) + 1
            for end in lastLine..<bytes.count {
                try bytes.prefix(end).write(to: URL(fileURLWithPath: path))
                let log = try #require(try AppendLog(path: path, access: .appending))
                try log.readNew { _ in }
                #expect(log.tornBytes == end - lastLine)
                try log.append(Self.redactedBody(9))
                let last = try Self.numbers(path).last
                #expect(last == #"{"number":9}"#)
            }
        }
    }

    @Test("any changed byte of any line is damage, its newline too", arguments: [UInt8(1), 0x20, 0x80])
    func damage(mask: UInt8) async throws {
        try await Self.withLog(lines: 3) { path, bytes in
            for position in bytes.indices {
                var damaged = bytes
                damaged[position] ^= mask
                try damaged.write(to: URL(fileURLWithPath: path))
                #expect(throws: AppendLogError.self, "byte \(position)") { try Self.numbers(path) }
            }
        }
    }

    @Test func `a file that was cut below what was read is damaged`() async throws {
        try await Self.withLog(lines: 3) { path, bytes in
            let log = try #require(try AppendLog(path: path, access: .appending))
            try log.readNew { _ in }
            #expect(truncate(path, off_t(bytes.count / 2)) == 0)
            let error = #expect(throws: AppendLogError.self) { try log.readNew { _ in } }
            #expect(error?.code == .damaged(line: 3))
        }
    }

    @Test func `a file that is not there is told from one that cannot be made`() throws {
        #expect(try AppendLog(path: "/nonexistent/log", access: .reading) == nil)
        let error = #expect(throws: AppendLogError.self) { try AppendLog(path: "/nonexistent/log", access: .appending) }
        #expect(error?.code == .unwritable)
    }

    @Test func `eight writers at once make one chain`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.path + "/log.jsonl"
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        let log = try #require(try AppendLog(path: path, access: .appending))
                        for number in 0..<20 {
                            try log.lock()
                            defer { log.unlock() }
                            try log.readNew { _ in }
                            try log.append(Self.redactedBody(writer * 100 + number), isDurable: false)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(Set(try Self.numbers(path)).count == 160)
        }
    }
}
