import Diagnosis
import Formats
import Foundation
import FoundationXML
import RunModel
import TestSupport
import Testing

@testable import Reports

@Suite struct MachineFormatTests {
    @Test("JUnit's XML can be parsed, and its counts are those of its elements", arguments: SampleRun.allCases)
    func writesSoundXML(run: SampleRun) throws {
        let text = try #require(try run.files()["reports/junit.xml"])
        let reader = JUnitReader()
        let parser = XMLParser(data: Data(text.utf8))
        parser.delegate = reader
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
        #expect(reader.faults == [])
        #expect(reader.cases == run.record.plan.entries.count)
    }

    @Test("Each status becomes the element that the design names")
    func mapsStatuses() throws {
        let text = try #require(try SampleRun.failing.files()["reports/junit.xml"])
        func element(of id: String) -> String {
            let lines = text.split(separator: "\n")
            guard let index = lines.firstIndex(where: { $0.contains("name=\"\(id) ") }) else { return "absent" }
            if lines[index].hasSuffix("/>") { return "passed" }
            return String(lines[index + 1].drop { $0 == " " || $0 == "<" }.prefix { $0.isLetter || $0 == "-" })
        }
        #expect(element(of: "SH-01") == "passed")
        #expect(element(of: "SH-02") == "failure")
        #expect(element(of: "PRB-02") == "failure")
        #expect(element(of: "PRB-01") == "error")
        #expect(element(of: "AWS-00") == "error")
        #expect(element(of: "REG-01") == "skipped")
        #expect(element(of: "LD-01") == "skipped")
        #expect(element(of: "TLS-01") == "skipped")
        #expect(element(of: "DB-01") == "system-out")
    }

    @Test("Every JSON document can be read again", arguments: SampleRun.allCases)
    func writesSoundJSON(run: SampleRun) throws {
        for (path, text) in try run.files() where path.hasSuffix(".json") {
            #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(text.utf8)) }
            #expect(text.hasSuffix("\n"), "\(path)")
        }
        let verdict = try JSON.decode(Verdict.self, from: Data(try #require(try run.files()["verdict.json"]).utf8))
        #expect(verdict == Verdict(of: run.record))
    }

    @Test("The table for spreadsheets has one line for each check and no formula", arguments: SampleRun.allCases)
    func writesSoundCSV(run: SampleRun) throws {
        let text = try #require(try run.files()["reports/results.csv"])
        let rows = CSVReader.rows(text)
        #expect(rows.count == run.record.plan.entries.count + 1)
        #expect(rows.allSatisfy { $0.count == rows[0].count })
        #expect(rows.joined().allSatisfy { !"=+-@".contains($0.first ?? "x") })
    }

    @Test("An annotation is one line and starts no other command", arguments: SampleRun.allCases)
    func writesAnnotations(run: SampleRun) throws {
        let text = try #require(try run.files()["reports/annotations.txt"])
        for line in text.split(separator: "\n") {
            let starts = ["::error title=", "::warning title=", "::notice title="]
            #expect(starts.contains { line.hasPrefix($0) }, "\(line)")
        }
    }
}

/// Reads a table as RFC 4180 writes it.
enum CSVReader {
    static func rows(_ text: String) -> [[String]] {
        var rows: [[String]] = []
        var row: [String] = []
        var field = ""
        var isQuoted = false
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"":
                if !isQuoted, !field.isEmpty, field.last == "\u{0}" { field.removeLast() }
                isQuoted.toggle()
            case "," where !isQuoted:
                row.append(field)
                field = ""
            case "\n" where !isQuoted:
                rows.append(row + [field])
                row = []
                field = ""
            case "\r" where !isQuoted: break
            default: field.unicodeScalars.append(scalar)
            }
        }
        return rows
    }
}

/// Counts the elements of a JUnit file and compares them with what its suites say.
private final class JUnitReader: NSObject, XMLParserDelegate {
    var cases = 0
    var faults: [String] = []
    private var announced: [String: Int] = [:]
    private var counted: [String: Int] = [:]
    private var classNames: Set<String> = []

    func parser(
        _ parser: XMLParser, didStartElement element: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        switch element {
        case "testsuites":
            for name in attributes.keys where !["name", "time", "tests", "failures", "errors"].contains(name) {
                faults.append("the schema that Jenkins checks against has no \(name) there")
            }
        case "testsuite":
            counted = [:]
            announced = [:]
            for name in ["tests", "failures", "errors", "skipped"] {
                announced[name] = attributes[name].flatMap(Int.init)
            }
            for name in ["name", "time", "timestamp", "hostname"] where attributes[name] == nil {
                faults.append("a suite lacks \(name)")
            }
        case "testcase":
            cases += 1
            counted["tests", default: 0] += 1
            for name in ["name", "classname", "time"] where attributes[name] == nil {
                faults.append("a case lacks \(name)")
            }
        case "failure": counted["failures", default: 0] += 1
        case "error": counted["errors", default: 0] += 1
        case "skipped": counted["skipped", default: 0] += 1
        case "properties", "property", "system-out": break
        default: faults.append("unknown element \(element)")
        }
    }

    func parser(
        _ parser: XMLParser, didEndElement element: String, namespaceURI: String?, qualifiedName: String?
    ) {
        guard element == "testsuite" else { return }
        for (name, number) in announced where counted[name, default: 0] != number {
            faults.append("\(name): \(number) announced, \(counted[name, default: 0]) found")
        }
    }

    @Test("A finding stands at the line of its settings, and at that of the Terraform resource whose change fits it")
    func placesFindings() throws {
        var record = RunRecordFixture.failing
        record.header.options["config"] = "deploy/plumbline.yaml"
        record.header.lines = ["services": 3, "services.api": 4, "probes": 20]
        let document = Document(record: record, assessment: Assessment(of: record), root: "../")
        for row in document.findings {
            let place = try #require(SourcePlace(of: row))
            #expect(place.path == "deploy/plumbline.yaml")
            let lines: [RunModel.Category: Int] = [.probes: 20, .database: 1, .redis: 1, .aws: 1, .suites: 1]
            // MLflow has no address of its own here: the section of the services is the nearest.
            let own = row.finding.fault?.component == .mlflow ? 3 : 4
            #expect(place.line == row.root.map { lines[$0.descriptor.category] ?? own }, "\(row.finding.id)")
        }
        let finding = try #require(document.findings.first?.finding)
        for (path, expected) in [("modules/net.tf", "modules/net.tf"), ("../net.tf", "deploy/plumbline.yaml")] {
            var changed = finding
            changed.changes = [
                Change(
                    id: "one", origin: .terraform, kind: .network, at: RunRecordFixture.start, actor: "terraform",
                    action: "planned: update", resources: ["aws_subnet.one"], place: SourceLine(path: path, line: 12))
            ]
            let place = try #require(SourcePlace(of: FindingRow(finding: changed, document: document)))
            #expect(place.path == expected)
        }
    }
}
