import Foundation
import HTTPClient
import TestSupport
import Testing

@testable import AWSClient

@Suite struct OutsideNumberTests {
    private struct Fields: Decodable {
        var integer: Int?
        var small: UInt16?
        var number: Double?
        var moment: Date?
    }

    private static func json(_ name: String, _ text: String) throws -> Fields {
        let literal = Double(text)?.isFinite == true ? text : "\"\(text)\""
        return try AWSDocumentDecoder.decode(
            Fields.self, from: try JSONDocumentReader.read(Array("{\"\(name)\": \(literal)}".utf8)))
    }

    private static func xml(_ name: String, _ text: String) throws -> Fields {
        try AWSDocumentDecoder.decode(
            Fields.self, from: .fields([.init(name: name, value: .scalar(text))]))
    }

    private static func both(
        _ name: String, accepts: Set<String> = [], _ value: @escaping @Sendable (Fields) -> Double?
    ) -> [NumberReader] {
        [
            NumberReader("\(name) in JSON of AWS", accepts: accepts) { value(try json(name, $0)) },
            NumberReader("\(name) in XML of AWS", accepts: accepts) { value(try xml(name, $0)) },
        ]
    }

    private static let calls = AWSRetry(maximumAttempts: 1)

    static let readers: [NumberReader] =
        both("integer", accepts: ["-1"]) { $0.integer.map(Double.init) }
        + both("small") { $0.small.map(Double.init) }
        + both("number", accepts: ["1e300", "-1", "9223372036854775808", "1e19"]) { $0.number }
        + both("moment", accepts: ["-1"]) { $0.moment?.timeIntervalSince1970 }
        + [
            NumberReader("a bare word in JSON of AWS", accepts: ["1e300", "-1", "9223372036854775808", "1e19"]) {
                text in
                try JSONDocumentReader.read(Array("{\"a\": \(text)}".utf8)) == .fields([]) ? nil : 1
            },
            NumberReader("Retry-After of AWS") { text in
                AWSRetry.serverDelay(text, now: Date()).map(\.seconds)
            },
            NumberReader("a date of HTTP") { text in
                HTTPDate.parse("Tue, 15 Nov \(text) 08:12:31 GMT")?.timeIntervalSince1970
            },
            NumberReader("figures of CloudWatch", accepts: ["1e300", "-1", "9223372036854775808", "1e19"]) { text in
                let body = """
                    <GetMetricDataResponse><GetMetricDataResult><MetricDataResults><member><Id>cpu</Id>
                    <Timestamps><member>2026-01-02T03:04:00Z</member></Timestamps>
                    <Values><member>\(text)</member></Values></member></MetricDataResults></GetMetricDataResult></GetMetricDataResponse>
                    """
                let client = AWSClient(
                    .init(region: "us-east-1", retry: calls),
                    surroundings: CredentialSurroundings(
                        environment: ["AWS_ACCESS_KEY_ID": "EXAMPLE", "AWS_SECRET_ACCESS_KEY": "fake"],
                        transport: AnsweringTransport { _ in .answer(200, body) }))
                let answer = try await client.call(CloudWatch.getMetricData([], from: Date(), to: Date()))
                return answer.metricDataResults.first?.values.first
            },
        ]

    @Test("no number of AWS ends the process or is taken for one", arguments: readers, HostileNumber.texts)
    func table(reader: NumberReader, text: String) async {
        #expect(await reader.problem(with: text) == nil, "\(reader) of ‘\(text)’")
    }

    @Test("a wait that the service asks for is obeyed up to a hundred years, and refused beyond")
    func waits() {
        #expect(AWSRetry.serverDelay("2.5", now: Date())?.seconds == 2.5)
        #expect(AWSRetry.serverDelay("3153600000", now: Date()) != nil)
        #expect(AWSRetry.serverDelay("Fri, 31 Dec 9999 23:59:59 GMT", now: Date()) != nil)
    }
}
