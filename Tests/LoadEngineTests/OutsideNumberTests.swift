import Formats
import Foundation
import TestSupport
import Testing

@testable import LoadEngine

@Suite struct OutsideNumberTests {
    /// What the engine's own reader makes of an answer with this head.
    private static func length(_ head: String) -> Double? {
        var parser = AnswerParser(isHead: false, maximumHeaderBytes: 2000, maximumHeaderCount: 20)
        var body = 0
        let (_, step) = Array("\(head)\r\n\r\nab".utf8).withUnsafeBytes { bytes in
            parser.consume(bytes) { piece in
                body += piece.count
                return true
            }
        }
        if case .failed = step { return nil }
        return Double(body)
    }

    /// A kept histogram with a hostile number in one of its fields.
    private static func histogram(_ field: String, _ text: String) throws -> Double? {
        var times = LatencyHistogram()
        times.record(.milliseconds(3))
        var fields = try JSON.decode([String: JSONValue].self, from: JSON.data(times))
        fields[field] = nil
        let others = try JSON.text(fields).dropLast()
        let value = ["values", "counts"].contains(field) ? "[\(text)]" : text
        let read = try JSON.decode(LatencyHistogram.self, from: Data("\(others),\"\(field)\":\(value)}".utf8))
        let figures = [read.mean, read.minimum, read.maximum, read.percentile(99), read.originalPercentile(95)]
        _ = (read.count(atMost: .seconds(1)), HistogramEncoding.compressed(read))
        return figures.map(\.seconds).max()
    }

    static let readers: [NumberReader] = [
        NumberReader("a threshold of time", accepts: []) { try Threshold(parsing: "p95 < \($0)ms").bound },
        NumberReader("a threshold of a rate", accepts: ["1e300", "9223372036854775808", "1e19"]) {
            try Threshold(parsing: "rate > \($0)").bound
        },
        NumberReader("a percentile") { try Threshold(parsing: "p\($0) < 1s").bound },
        NumberReader("a window of a threshold") { try Threshold(parsing: "p95 < 1s over \($0)s").window?.seconds },
        NumberReader("Content-Length in the engine") { length("HTTP/1.1 200 OK\r\nContent-Length: \($0)") },
        // Digits of these are hexadecimal ones, and `e` is one of them.
        NumberReader("the size of a chunk in the engine", accepts: ["1e300", "1e19"]) {
            length("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\($0)")
        },
        NumberReader("the status in the engine") { length("HTTP/1.1 \($0) OK\r\nContent-Length: 2") },
        NumberReader("the sum of a kept load", accepts: ["9223372036854775808"]) { try histogram("sum", $0) },
        NumberReader("the minimum of a kept load", accepts: ["9223372036854775808"]) { try histogram("minimum", $0) },
        NumberReader("the maximum of a kept load", accepts: ["9223372036854775808"]) { try histogram("maximum", $0) },
        NumberReader("a value of a kept load") { try histogram("values", $0) },
        NumberReader("a count of a kept load") { try histogram("counts", $0) },
    ]

    @Test("no number of an answer or of a kept load ends the process", arguments: readers, HostileNumber.texts)
    func table(reader: NumberReader, text: String) async {
        let problem = await reader.problem(with: text)
        // 10^19 fits into 64 bits without a sign, which is what these fields are.
        let isWhole =
            text == "1e19" && reader.description.contains("of a kept load") && problem?.hasPrefix("takes") == true
        #expect(problem == nil || isWhole, "\(reader) of ‘\(text)’: \(problem ?? "")")
    }
}
