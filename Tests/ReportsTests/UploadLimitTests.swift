import Diagnosis
import Foundation
import RunModel
import TestSupport
import Testing

@testable import Reports

/// The places on a pull request take so many bytes and no more.
@Suite struct UploadLimitTests {
    private func document(failures: Int, textLength: Int) -> Document {
        var run = RunRecordFixture()
        for index in 0..<failures {
            run.add(
                CheckID("CHK-\(index)"), "Check \(index)", .serviceHealth, severity: .high, isCritical: index == 0,
                outcome: .failed(
                    .unrecorded, "é" + String(repeating: "x", count: textLength), expected: "200", got: "500"))
        }
        let record = run.record
        return Document(record: record, assessment: Assessment(of: record), root: "../")
    }

    @Test(
        "A text of exactly the limit stays whole, and one byte less of room sheds a section",
        arguments: ["pr-comment.md", "step-summary.md"])
    func keepsExactly(template: String) throws {
        let report = MarkdownReport(templates: try Templates())
        let document = document(failures: 3, textLength: 40)
        let whole = report.shortened(template, document, to: .max)
        #expect(report.shortened(template, document, to: whole.count) == whole)
        let less = report.shortened(template, document, to: whole.count - 1)
        #expect(less != whole)
        #expect(less.count < whole.count)
        #expect(String(decoding: less, as: UTF8.self).contains("this text was shortened"))
    }

    @Test("However much fails, the text fits and keeps verdict, worst failure, bundle and marker")
    func fitsAlways() throws {
        let report = MarkdownReport(templates: try Templates())
        let document = document(failures: 3000, textLength: 300)
        for limit in [60_000, 8000, 2000] {
            let text = String(decoding: report.shortened("pr-comment.md", document, to: limit), as: UTF8.self)
            #expect(text.utf8.count <= limit)
            #expect(text.hasPrefix("### ❌ Plumbline: FAIL (staging)"))
            #expect(text.contains("CHK-0"))
            #expect(text.contains(document.bundleName))
            #expect(text.split(separator: "\n").last?.hasPrefix("<!-- plumbline:") == true)
        }
    }

    @Test("Each cause is named once")
    func namesOnce() throws {
        for path in ["reports/pr-comment.md", "reports/step-summary.md"] {
            let text = try #require(try SampleRun.failing.files()[path])
            #expect(text.components(separatedBy: "MLflow is not running").count == 2, "\(path)")
        }
    }

    @Test("At most ten annotations of a level, the worst of them first")
    func limitsAnnotations() {
        let document = document(failures: 50, textLength: 10)
        let lines = AnnotationReport(document).text.split(separator: "\n")
        for level in ["error", "warning", "notice"] {
            #expect(lines.count { $0.hasPrefix("::\(level) ") } <= 10)
        }
        #expect(!lines.isEmpty)
    }

    @Test("GitHub's number of results of one file is kept")
    func limitsResults() {
        var document = document(failures: 1, textLength: 10)
        document = Document(
            record: document.record.configured(at: "deploy/plumbline.yaml"), assessment: document.assessment, root: "")
        let count = SARIFReport(document).runs.first?.results.count ?? 0
        #expect(count == document.assessment.findings.count)
        #expect(count <= SARIFReport.maximumResults)
    }
}

extension RunRecord {
    /// The same run, told where its configuration lies.
    func configured(at path: String) -> RunRecord {
        var record = self
        record.header.options["config"] = path
        return record
    }
}
