import Foundation
import TestSupport
import Testing

@testable import Reports

@Suite struct TemplateTests {
    @Test(
        "A fault in a template is told with file, line and key",
        arguments: [
            ("a\n{{verdct}}\n", 2, "verdct", "verdict"),
            ("{{#findings}}\n\n{{titel}}\n{{/findings}}", 3, "titel", "title"),
            ("{{#findings}}{{#consequences}}\n{{wrong}}{{/consequences}}{{/findings}}", 2, "wrong", "no such key"),
            ("{{#nothing}}x{{/nothing}}", 1, "nothing", "no such key"),
            ("{{^nothing}}x{{/nothing}}", 1, "nothing", "no such key"),
            ("{{> _rnu}}", 1, "_rnu", "_run"),
            ("{{#findings}}x", 1, "findings", "not closed"),
            ("{{/findings}}", 1, "findings", "not open"),
            ("{{#findings}}{{/flaky}}", 1, "flaky", "not open"),
            ("{{{why}}}", 1, "why", "{{why}}"),
            ("{{&why}}", 1, "why", "{{why}}"),
            ("{{bundle_name}}", 1, "bundle_name", "{{{bundle_name}}}"),
            ("{{findings}}", 1, "findings", "{{#findings}}"),
            ("{{#why}}x{{/why}}", 1, "why", "has_why"),
            ("{{title}}", 1, "title", "no such key"),
            ("{{=<% %>=}}", 1, nil, "not supported"),
            ("{{<base}}{{/base}}", 1, nil, "not supported"),
            ("{{% CONTENT_TYPE:TEXT}}", 1, nil, "not supported"),
            ("{{>*why}}", 1, nil, "not supported"),
            ("x {{why", 1, nil, nil),
        ] as [(String, Int, String?, String?)])
    func tellsFault(text: String, line: Int, key: String?, advice: String?) throws {
        let error = try #require(throws: TemplateError.self) { try Templates(overrides: ["SUMMARY.md": text]) }
        #expect(error.template == "SUMMARY.md")
        if let key { #expect(error.key == key) }
        if let advice {
            #expect(error.line == line)
            #expect(error.description.contains(advice), "\(error)")
        }
    }

    @Test("A fault in a partial names the partial, also when no run would ever show it")
    func tellsFaultInPartial() throws {
        let text = "{{#open_undos}}\n{{valeu}}\n{{/open_undos}}"
        let error = try #require(throws: TemplateError.self) { try Templates(overrides: ["_incomplete.md": text]) }
        #expect(error.template == "_incomplete.md")
        #expect(error.line == 2)
        #expect(error.key == "valeu")
    }

    @Test("Partials that include each other are refused")
    func refusesCircles() {
        #expect(throws: TemplateError.self) { try Templates(overrides: ["_run.md": "{{> _run}}"]) }
    }

    @Test("One file is replaced and the others stay, and what it shows is escaped as everywhere")
    func replacesOne() async throws {
        try await withTemporaryDirectory { directory in
            let text = "mine: {{#findings}}{{message}}{{/findings}}\n"
            try Data(text.utf8).write(to: directory.appending(path: "SUMMARY.md"))
            try Data("notes".utf8).write(to: directory.appending(path: "notes.txt"))
            let files = try SampleRun.hostile.files(Templates(directory: directory))
            let summary = try #require(files["SUMMARY.md"])
            #expect(summary.hasPrefix("mine: a\\|b \\`c\\` \\*\\*d\\*\\* &lt;script&gt;"))
            let usual = try SampleRun.hostile.files()
            #expect(files["reports/failing_components.md"] == usual["reports/failing_components.md"])
        }
    }

    @Test("A file that no document is made from, and a directory that is not there, are refused")
    func refusesUnknownFiles() throws {
        let error = try #require(throws: TemplateError.self) { try Templates(overrides: ["SUMARY.md": "x"]) }
        #expect(error.description.contains("SUMMARY.md"))
        #expect(throws: TemplateError.self) { try Templates(directory: URL(filePath: "/nonexistent-templates")) }
    }

    @Test("The template author's list names every key there is")
    func listsKeys() throws {
        let readme = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../templates/README.md")
        let text = try String(contentsOf: readme, encoding: .utf8)
        for key in Set(DocumentFields.all.shapes.keys).union(PageFields.all.shapes.keys) where !key.hasPrefix("has_") {
            #expect(text.contains("`\(key)`"), "templates/README.md does not name \(key)")
        }
    }
}
