import Foundation
import Synchronization
import TestSupport
import Testing

@testable import AWSClient

@Suite struct TrailReaderTests {
    private static let text = """
        {"Records":[{"eventName":"UpdateService","eventSource":"ecs.amazonaws.com","readOnly":false,\
        "requestParameters":{"note":"a } brace, a \\" quote, a \\\\","eventName":"Nested"}},
        {"eventSource":"ecs.amazonaws.com","eventName":"DescribeServices","readOnly":true,"x":[{"y":{}}]},
        {"eventName":"PutRolePolicy","eventSource":"iam.amazonaws.com","requestParameters":null}]}
        """

    private func names(_ text: String, pieces: Int) -> [String] {
        var scanner = TrailRecordScanner()
        var found: [String] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            Array(bytes[start..<min(start + pieces, bytes.count)]).withUnsafeBufferPointer { piece in
                scanner.scan(piece) { record in
                    let name = record.eventName.map { String(decoding: $0, as: UTF8.self) } ?? "?"
                    let document = try? JSONDocumentReader.read(record.text)
                    let same = document?["eventName"]?.text == name
                    found.append("\(name) \(record.isReadOnly.map(String.init) ?? "nil") \(same)")
                }
            }
        }
        return found
    }

    /// A record, a string, an escape may be cut anywhere by the blocks that come out of decompression.
    @Test(arguments: [1, 2, 3, 7, 16, 64, 100_000])
    func `records are found whatever the size of the pieces`(pieces: Int) {
        #expect(
            names(Self.text, pieces: pieces) == [
                "UpdateService false true", "DescribeServices true true", "PutRolePolicy nil true",
            ])
    }

    @Test func `a file that ends within a record is told as a gap`() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "events.json")
            try Data(Self.text.utf8.dropLast(40)).write(to: file)
            let seen = Mutex(0)
            let reader = TrailReader(isOfInterest: { _ in true }, handle: { _ in seen.withLock { $0 += 1 } })
            let summary = await reader.read(files: TrailReader.files(under: directory.path))
            #expect(summary.gaps.count == 1)
            #expect(seen.withLock { $0 } == 1)
        }
    }

    @Test(arguments: ["{", "[1,]", "{\"a\":}", "\"x", "tru", "{\"a\" 1}", "[1 2]", "nul", "{\"a\":1}x", ""])
    func `malformed JSON is refused`(text: String) {
        #expect(throws: AWSDocumentError.self) { try JSONDocumentReader.read(Array(text.utf8)) }
    }

    @Test func `JSON nested without end is refused`() {
        let text = String(repeating: "[", count: 100_000)
        #expect(throws: AWSDocumentError.self) { try JSONDocumentReader.read(Array(text.utf8)) }
    }

    @Test func `escapes and surrogate pairs are read`() throws {
        let document = try JSONDocumentReader.read(Array(#"{"a":"x\u00e9\ud83d\ude80\n\ud800"}"#.utf8))
        #expect(document["a"]?.text == "xé🚀\n\u{FFFD}")
    }
}
