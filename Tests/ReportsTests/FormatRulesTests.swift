import Diagnosis
import Foundation
import RunModel
import Testing

@testable import Reports

@Suite struct FormatRulesTests {
    /// The documents of a run whose configuration lies in the repository, so that findings have a place.
    private func files(_ run: SampleRun) throws -> [String: [UInt8]] {
        try ReportSet(templates: try Templates()).files(
            for: run.record.configured(at: "deploy/plumbline.yaml"), baseline: run.baseline, changes: run.changes)
    }

    private func json(_ path: String, _ run: SampleRun) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(try #require(try files(run)[path])))
    }

    @Test("CTRF is as its specification says", arguments: SampleRun.allCases)
    func writesCTRF(run: SampleRun) throws {
        var rules = FormatRules()
        rules.checkCTRF(try json("reports/ctrf.json", run))
        #expect(rules.faults == [])
    }

    @Test("SARIF is as its specification and GitHub say", arguments: SampleRun.allCases)
    func writesSARIF(run: SampleRun) throws {
        var rules = FormatRules()
        rules.checkSARIF(try json("reports/results.sarif", run))
        #expect(rules.faults == [])
    }

    @Test("Code Quality is as GitLab says", arguments: SampleRun.allCases)
    func writesCodeQuality(run: SampleRun) throws {
        var rules = FormatRules()
        let entries = try json("reports/gl-code-quality.json", run)
        rules.checkCodeQuality(entries)
        #expect(rules.faults == [])
        #expect(
            (entries as? [Any])?.count
                == Assessment(of: run.record, baseline: run.baseline, changes: run.changes).findings.count)
    }

    @Test("OpenMetrics is as its specification says", arguments: SampleRun.allCases)
    func writesOpenMetrics(run: SampleRun) throws {
        var rules = FormatRules()
        rules.checkOpenMetrics(String(decoding: try #require(try files(run)["reports/openmetrics.txt"]), as: UTF8.self))
        #expect(rules.faults == [])
    }

    @Test("The trace is as OTLP/JSON says", arguments: SampleRun.allCases)
    func writesTrace(run: SampleRun) throws {
        var rules = FormatRules()
        rules.checkTrace(try json("trace.json", run))
        #expect(rules.faults == [])
    }

    @Test("A run that does not know where its configuration lies gives no result that GitHub would refuse")
    func leavesOutPlaces() throws {
        for path in [nil, "/etc/plumbline.yaml", "../x.yaml", "a b.yaml"] as [String?] {
            let record = path.map(SampleRun.failing.record.configured) ?? SampleRun.failing.record
            let document = Document(record: record, assessment: Assessment(of: record), root: "")
            let run = try #require(SARIFReport(document).runs.first)
            #expect(run.results.isEmpty)
            #expect(run.invocations.first?.toolExecutionNotifications.count == 1)
            #expect(CodeQualityReport(document).entries.isEmpty)
        }
    }

    @Test("A fingerprint stays when what was measured changes")
    func keepsFingerprints() throws {
        func prints(_ record: RunRecord) -> [[String: String]] {
            let document = Document(
                record: record.configured(at: "p.yaml"), assessment: Assessment(of: record), root: "")
            return SARIFReport(document).runs[0].results.map(\.partialFingerprints)
        }
        var later = SampleRun.failing.record
        for (id, result) in later.results {
            guard case .failed(var mismatch) = result.outcome else { continue }
            mismatch.message += " after 17 s"
            mismatch.got += " (17 s)"
            later.results[id]?.outcome = .failed(mismatch)
        }
        #expect(prints(later) == prints(SampleRun.failing.record))
        #expect(!prints(later).isEmpty)
    }

    @Test("The rules find what they are for")
    func rulesFind() {
        var rules = FormatRules()
        rules.checkCTRF([
            "reportFormat": "CTRF", "specVersion": "0.0.0", "results": ["tool": [:], "summary": [:], "tests": []],
        ])
        let ofCTRF = rules.faults.count
        #expect(ofCTRF > 0)
        rules.checkSARIF(["version": "2.1.0", "$schema": "", "runs": [["tool": [:], "results": [["ruleId": "x"]]]]])
        let ofSARIF = rules.faults.count
        #expect(ofSARIF > ofCTRF)
        rules.checkCodeQuality([["severity": "bad"]])
        let ofCodeQuality = rules.faults.count
        #expect(ofCodeQuality > ofSARIF)
        rules.checkOpenMetrics("# TYPE a gauge\na{b=\"c\"} 1\na{b=\"c\"} 2\nno sample\n# EOF\n")
        let ofOpenMetrics = rules.faults.count
        #expect(ofOpenMetrics == ofCodeQuality + 2)
        // Ids in base64, kinds and codes by name, times and whole numbers as numbers, a parent that is not there.
        rules.checkTrace([
            "resourceSpans": [
                [
                    "resource": ["attributes": [["key": "service.name", "value": ["stringValue": "a"]]]],
                    "scopeSpans": [
                        [
                            "scope": ["name": "a"],
                            "spans": [
                                [
                                    "traceId": "CvdlGRbNQ92ESOshHIAxnA==", "spanId": "t61rcWkgMzE=", "name": "a",
                                    "kind": "SPAN_KIND_INTERNAL", "startTimeUnixNano": 1, "endTimeUnixNano": 2,
                                    "attributes": [["key": "b", "value": ["intValue": 3]]],
                                    "status": ["code": "STATUS_CODE_OK"],
                                ]
                            ],
                        ]
                    ],
                ]
            ]
        ])
        #expect(rules.faults.count == ofOpenMetrics + 6, "\(rules.faults)")
    }
}
