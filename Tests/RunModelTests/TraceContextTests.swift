import RunModel
import TestSupport
import Testing

@Suite struct TraceContextTests {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"
    private static let parent = "b7ad6b7169203331"

    @Test(
        "a traceparent is read as W3C Trace Context writes it, those of later versions as far as they are known",
        arguments: [
            ("00-\(trace)-\(parent)-01", 1), ("00-\(trace)-\(parent)-00", 0), ("00-\(trace)-\(parent)-ff", 255),
            ("01-\(trace)-\(parent)-09", 9), ("cc-\(trace)-\(parent)-01-what-the-future-will-be-like", 1),
        ] as [(String, UInt8)])
    func reads(text: String, flags: UInt8) throws {
        let context = try TraceContext(traceparent: text)
        #expect(context.traceID == Self.trace && context.parentSpanID == Self.parent && context.flags == flags)
    }

    @Test(
        "what a receiver has to ignore is no trace",
        arguments: [
            "", "-", "---", "00", "00-\(trace)-\(parent)", "00-\(trace)-\(parent)-", "00-\(trace)-\(parent)-1",
            "00-\(trace)-\(parent)-01-", "00-\(trace)-\(parent)-01-more", "ff-\(trace)-\(parent)-01",
            "0-\(trace)-\(parent)-01", "FE-\(trace)-\(parent)-01", "00-\(trace.uppercased())-\(parent)-01",
            "00-\(String(repeating: "0", count: 32))-\(parent)-01", "00-\(trace)-0000000000000000-01",
            "00-\(trace)-\(parent.uppercased())-01", "00-\(trace)-\(parent)-0G", "00-\(trace)0-\(parent)-01",
            "00-\(trace.dropLast())é-\(parent)-01", " 00-\(trace)-\(parent)-01", "00-\(trace)-\(parent)-01\n",
        ])
    func refuses(text: String) {
        #expect(throws: TraceContextError.self) { try TraceContext(traceparent: text) }
    }

    @Test("every span of a run has an id of its own, the same in every process, and another run has others")
    func names() {
        func ids(_ header: RunHeader) -> [String] {
            let trace = RunTrace(of: header)
            let checks: [CheckID] = ["CB-01", "CB-02"]
            return [trace.root] + Phase.allCases.map(trace.span(of:))
                + checks.flatMap { check in
                    [trace.span(of: check)]
                        + (1...3).flatMap {
                            [trace.span(ofAttempt: $0, of: check), trace.span(ofFault: $0, of: check)]
                        }
                }
        }
        let header = RunRecordFixture.passing.header
        var other = header
        other.runID = RunID(startedAt: RunRecordFixture.start, random: 0xABCDEE)
        #expect(ids(header) == ids(header))
        #expect(Set(ids(header)).isDisjoint(with: ids(other)))
        #expect(ids(header).allSatisfy { $0.wholeMatch(of: #/[0-9a-f]{16}/#) != nil })
        #expect(Set(ids(header)).count == ids(header).count)
        #expect(RunTrace(of: header).traceID.wholeMatch(of: #/[0-9a-f]{32}/#) != nil)
        #expect(RunTrace(of: header).traceID != RunTrace(of: other).traceID)
    }
}
