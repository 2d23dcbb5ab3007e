import Testing

@testable import Reports

@Suite struct TemplateProgramTests {
    private struct Part: Sendable {
        let name: String
        var parts: [Part] = []
    }

    private static var part: TemplateFields<Part> {
        TemplateFields { fields in
            fields.text("name") { $0.name }
            fields.optionalText("maybe") { $0.name == "b" ? "yes" : nil }
        }
    }

    private static var whole: TemplateFields<Part> {
        TemplateFields { fields in
            fields.text("name") { $0.name }
            fields.text("title") { "<\($0.name)>" }
            fields.prepared("raw") { "<\($0.name)>" }
            fields.flag("yes") { _ in true }
            fields.flag("no") { _ in false }
            fields.object("one", part) { $0.parts.first }
            fields.object("none", part) { _ in nil }
            fields.list("parts", part) { $0.parts }
            fields.list("nobody", part) { _ in [] }
        }
    }

    @Test(
        "A template gives what the language says",
        arguments: [
            ("{{title}} {{{raw}}} {{&raw}}", "[<w>] <w> <w>"),
            ("{{#yes}}a{{/yes}}{{#no}}b{{/no}}{{^no}}c{{/no}}{{^yes}}d{{/yes}}", "ac"),
            (
                "{{#parts}}{{number}}{{name}}{{#has_maybe}}!{{/has_maybe}}{{^is_last}}, {{/is_last}}{{/parts}}",
                "[1][a], [2][b]!"
            ),
            ("{{#parts}}{{title}}{{/parts}}", "[<w>][<w>]"),
            ("{{#one}}{{name}}{{/one}}{{#none}}x{{/none}}{{^none}}-{{/none}}", "[a]-"),
            (
                "{{#nobody}}x{{/nobody}}{{^nobody}}-{{/nobody}}{{#has_nobody}}x{{/has_nobody}}{{#has_parts}}y{{/has_parts}}",
                "-y"
            ),
            ("a\n{{#yes}}\nb\n{{/yes}}\nc\n", "a\nb\nc\n"),
            ("a\n  {{! gone }}  \nb{{! stays }}\n", "a\nb\n"),
            ("{{#parts}}\n- {{name}}\n{{/parts}}\n", "- [a]\n- [b]\n"),
            ("{{> _p}}\nend", "p [w]\nq\nend"),
            ("  {{> _p}}\nend", "  p [w]\n  q\nend"),
            ("x {{> _p}} y", "x p [w]\nq\n y"),
            ("{{#yes}}{{/yes}}\nz", "\nz"),
        ])
    func renders(text: String, expected: String) {
        let program = TemplateProgram("t.md", in: ["t.md": text, "_p.md": "p {{ name }}\nq\n"], Self.whole.shapes)
        let scope = Self.whole.scope(of: Part(name: "w", parts: [Part(name: "a"), Part(name: "b")]))
        #expect(String(decoding: program.render(scope) { "[\($0)]" }, as: UTF8.self) == expected)
    }

    @Test(
        "Plain text is escaped as any other text is",
        arguments: [
            "", "word", "a_b _c_ d_", "# no", "a # b", "- x", "-- x", "-5", "+ a", "==", "![x](y)", "!a", "@name @ x",
            "1. x",
            "12) y", "1.5", "x 1. y", "<a> & [b] | c ~ `d` *e* \\f",
            "https://example.org/a/very/long/path?with=a&query=b",
            "averyveryveryveryverylongwordwithoutanyplacetobreakitatallreally", "plumbline-staging-20260101T000000Z",
        ])
    func escapesPlain(text: String) {
        let whole = MarkdownText.escaped(text.isEmpty ? "é" : "\(text) é")
        #expect(whole == (text.isEmpty ? "é" : MarkdownText.escaped(text) + " é"))
    }
}
