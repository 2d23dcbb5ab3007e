import Foundation
import RunModel
import TestSupport
import Testing

@testable import Reports

@Suite struct TraceTests {
    private func spans(_ record: RunRecord) throws -> [[String: Any]] {
        let files = try ReportSet(templates: try Templates()).files(for: record)
        let value = try JSONSerialization.jsonObject(with: Data(try #require(files["trace.json"])))
        var rules = FormatRules()
        rules.checkTrace(value)
        #expect(rules.faults == [])
        let resources = (value as? [String: Any])?["resourceSpans"] as? [[String: Any]] ?? []
        return resources.flatMap { $0["scopeSpans"] as? [[String: Any]] ?? [] }
            .flatMap { $0["spans"] as? [[String: Any]] ?? [] }
    }

    private func span(_ name: String, in spans: [[String: Any]]) throws -> [String: Any] {
        try #require(spans.first { $0["name"] as? String == name })
    }

    /// A run in which a fault was on, a check was tried twice, and something was asked again; every moment lies in its check.
    private static var eventful: RunRecord {
        var record = RunRecordFixture.failing
        func moment(_ kind: FaultMoment.Kind, _ seconds: Double, _ fault: String?) -> FaultMoment {
            FaultMoment(
                at: RunRecordFixture.start.addingTimeInterval(seconds), what: "\(kind)", kind: kind, fault: fault)
        }
        record.results["HE-06"]?.startedAt = RunRecordFixture.start.addingTimeInterval(21)
        record.results["HE-06"]?.duration = .seconds(5)
        record.results["HE-06"]?.faults = [
            moment(.injected, 22, "a"), moment(.felt, 22.5, "a"), moment(.injected, 23, "b"),
            moment(.undone, 24, "a"), moment(.recovered, 25, nil),
        ]
        record.results["DB-01"]?.startedAt = RunRecordFixture.start.addingTimeInterval(31)
        record.results["DB-01"]?.duration = .seconds(7)
        record.results["DB-01"]?.earlierAttempts[0].startedAt = RunRecordFixture.start.addingTimeInterval(31)
        record.resumes = [RunRecordFixture.start.addingTimeInterval(30)]
        record.questions = [
            AskedQuestion(
                "q", between: [],
                result: CheckResult(
                    id: "ASK-01", outcome: .passed("yes"), startedAt: RunRecordFixture.start.addingTimeInterval(40),
                    duration: .seconds(1)))
        ]
        return record
    }

    @Test("what ran has a span below its phase, what did not has none")
    func covers() throws {
        let record = Self.eventful
        let spans = try spans(record)
        for row in record.observed {
            let named = spans.filter { $0["name"] as? String == row.descriptor.id.rawValue }
            #expect(named.count == ([.skipped, .blocked].contains(row.result.status) ? 0 : 1), "\(row.descriptor.id)")
            guard let span = named.first else { continue }
            let parent = spans.first { $0["spanId"] as? String == span["parentSpanId"] as? String }
            let phase = row.descriptor.phase
            #expect(parent?["name"] as? String == (phase <= .validation ? phase.name : "plumbline run"))
        }
        #expect(spans.count { $0["name"] as? String == "attempt" } == 2)
        #expect(spans.count { $0["name"] as? String == "fault" } == 2)
    }

    @Test("a span lies within its parent's time")
    func nests() throws {
        let spans = try spans(Self.eventful)
        func time(_ span: [String: Any], _ name: String) -> UInt64 { UInt64(span[name] as? String ?? "") ?? 0 }
        for span in spans {
            guard let parent = spans.first(where: { $0["spanId"] as? String == span["parentSpanId"] as? String }),
                ["attempt", "fault", "HE-06", "DB-01", "ASK-01", "setup", "core-tests", "validation"]
                    .contains(span["name"] as? String ?? "")
            else { continue }
            #expect(time(parent, "startTimeUnixNano") <= time(span, "startTimeUnixNano"), "\(span)")
            #expect(time(parent, "endTimeUnixNano") >= time(span, "endTimeUnixNano"), "\(span)")
        }
    }

    @Test("a failure is an error with its message, a pass is good, and what could not be told is neither")
    func states() throws {
        let spans = try spans(Self.eventful)
        func status(_ name: String) throws -> (Int, String?) {
            let status = try #require(try span(name, in: spans)["status"] as? [String: Any])
            return (try #require(status["code"] as? Int), status["message"] as? String)
        }
        #expect(try status("SH-01") == (1, nil))
        #expect(try status("SH-02") == (2, "MLflow answers through the API with 502"))
        #expect(try status("AWS-00") == (0, nil))
        #expect(try status("plumbline run").0 == 2)
    }

    @Test("the run goes on with the trace of the pipeline, and without one with a trace of its own")
    func joins() throws {
        var record = RunRecordFixture.passing
        let alone = try span("plumbline run", in: spans(record))
        #expect(alone["parentSpanId"] == nil && alone["flags"] as? Int == 1)
        record.header.trace = try TraceContext(traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")
        let joined = try spans(record)
        let root = try span("plumbline run", in: joined)
        #expect(root["parentSpanId"] as? String == "b7ad6b7169203331" && root["flags"] as? Int == 0x300)
        #expect(joined.allSatisfy { $0["traceId"] as? String == "0af7651916cd43dd8448eb211c80319c" })
        #expect(root["spanId"] as? String == alone["spanId"] as? String)
    }

    @Test("whatever times a journal gives, a span ends no sooner than it begins")
    func boundsTimes() throws {
        for date in [Date.distantPast, .distantFuture, Date(timeIntervalSince1970: .nan), RunRecordFixture.start] {
            for duration in [Duration.seconds(-5), .zero, .seconds(Int64.max / 2)] {
                var record = Self.eventful
                for id in record.results.keys {
                    record.results[id]?.startedAt = date
                    record.results[id]?.duration = duration
                }
                #expect(try !spans(record).isEmpty)
            }
        }
    }
}
