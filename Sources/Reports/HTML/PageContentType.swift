import Mustache

/// How text that came from somewhere is put into HTML.
struct PageContentType: MustacheContentType {
    static let name = "PAGE"

    func escapeText(_ text: String) -> String { PageText.escaped(text) }
}
