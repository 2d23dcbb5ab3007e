import Mustache

/// How text that came from somewhere is put into Markdown.
struct MarkdownContentType: MustacheContentType {
    static let name = "MARKDOWN"

    func escapeText(_ text: String) -> String { MarkdownText.escaped(text) }
}
