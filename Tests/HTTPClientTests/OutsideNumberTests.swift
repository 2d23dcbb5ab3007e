import Foundation
import TestSupport
import Testing

@testable import HTTPClient

@Suite struct OutsideNumberTests {
    /// The status of an answer whose head says this.
    private static func status(_ head: String) async throws -> Double? {
        let server = try LoopbackHTTPServer { _ in .raw("\(head)\r\n\r\n{}") }
        defer { server.stop() }
        return Double(try await HTTPClient().send(HTTPRequest(url: server.url + "/", deadline: .seconds(5))).status)
    }

    static let readers: [NumberReader] = [
        NumberReader("a year of a certificate") {
            Certificate.date("Jan  2 03:04:05 \($0) GMT")?.timeIntervalSince1970
        },
        NumberReader("a day of a certificate") {
            Certificate.date("Jan \($0) 03:04:05 2026 GMT")?.timeIntervalSince1970
        },
        NumberReader("an hour of a certificate") {
            Certificate.date("Jan 2 \($0):04:05 2026 GMT")?.timeIntervalSince1970
        },
        NumberReader("the status of an answer") { try await status("HTTP/1.1 \($0) OK") },
        NumberReader("Content-Length of an answer") { try await status("HTTP/1.1 200 OK\r\nContent-Length: \($0)") },
        NumberReader("the size of a chunk") {
            try await status("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\($0)")
        },
    ]

    @Test("no number of an HTTP answer ends the process", arguments: readers, HostileNumber.texts)
    func table(reader: NumberReader, text: String) async {
        let problem = await reader.problem(with: text)
        // libcurl forgives some lengths; what counts is that none is taken for the size of a buffer.
        let isForgiven = reader.description.contains("Length") || reader.description.contains("chunk")
        #expect(problem == nil || isForgiven && problem == "takes it for 200.0", "\(reader) of ‘\(text)’")
    }
}
