import Formats
import Foundation
import Mustache

/// The templates of the documents: those built into the program, and those that a user put in their place, file by file.
public struct Templates: Sendable {
    /// The most a template may hold, in bytes.
    static let maximumBytes = 1 << 20

    private let texts: [String: String]
    private let library: MustacheLibrary
    private let documentFields = DocumentFields.all
    private let pageFields = PageFields.all

    /// SHA-256 of the names and texts, in lower-case hexadecimal.
    public var digest: String {
        // With their lengths, so that no text can be taken for two.
        Digest.sha256Hex(
            of: texts.sorted { $0.key < $1.key }.map { "\($0.key)\n\($0.value.utf8.count)\n\($0.value)" }.joined())
    }

    /// The template of the page, with ``text(_:)`` of its style and script.
    private static let page = "report.html"

    /// The names of the templates that a user may replace.
    static var names: [String] { EmbeddedTemplates.texts.keys.sorted() }

    /// - Parameter overrides: texts by file name that replace the built-in ones.
    /// - Throws: for a name that is none of ours, a fault of syntax, or a key that there is not.
    public init(overrides: [String: String] = [:]) throws(TemplateError) {
        for name in overrides.keys.sorted() where EmbeddedTemplates.texts[name] == nil {
            let nearest = name.nearest(in: Self.names).map { "; did you mean ‘\($0)’?" } ?? ""
            throw TemplateError(
                template: name, "no document is made from it\(nearest); there are \(Self.names.joined(separator: ", "))"
            )
        }
        texts = EmbeddedTemplates.texts.merging(overrides) { $1 }
        let check = TemplateCheck(texts: texts)
        let shapes = documentFields.shapes
        for name in Self.names where name.hasSuffix(".md") && !name.hasPrefix("_") { try check.check(name, shapes) }
        try check.check(Self.page, pageFields.shapes)
        MustacheContentTypes.register(MarkdownContentType(), named: MarkdownContentType.name)
        MustacheContentTypes.register(PageContentType(), named: PageContentType.name)
        var parsed: [String: MustacheTemplate] = [:]
        for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
            if name.hasSuffix(".md") {
                parsed[String(name.dropLast(3))] = try Self.parse(name, text, as: MarkdownContentType.name)
            } else if name == Self.page {
                parsed[name] = try Self.parse(name, text, as: PageContentType.name)
            }
        }
        library = MustacheLibrary(templates: parsed)
    }

    /// Reads the overrides from a directory: every file in it that a template may be.
    /// - Throws: when the directory or a file cannot be read, or what ``init(overrides:)`` throws.
    public init(directory: URL?) throws(TemplateError) {
        try self.init(overrides: directory.map { directory throws(TemplateError) in try Self.read(directory) } ?? [:])
    }

    private static let endings = [".md", ".html", ".css", ".js"]

    private static func read(_ directory: URL) throws(TemplateError) -> [String: String] {
        var overrides: [String: String] = [:]
        do {
            let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
            for name in names where name != "README.md" && endings.contains(where: name.hasSuffix) {
                let data = try OutsideFile.bytes(of: directory.appending(path: name).path, limit: maximumBytes)
                guard let text = String(data: data, encoding: .utf8) else {
                    throw TemplateError(template: name, "is not UTF-8")
                }
                overrides[name] = text
            }
        } catch let error as TemplateError {
            throw error
        } catch {
            throw TemplateError(template: directory.path, "cannot be read: \(error)")
        }
        return overrides
    }

    /// Renders one document. Every key has been checked, so nothing can be missing.
    func render(_ name: String, _ document: Document) -> [UInt8] {
        rendered(String(name.dropLast(3)), documentFields.scope(of: document))
    }

    /// Renders the page.
    func render(_ page: Page) -> [UInt8] { rendered(Self.page, pageFields.scope(of: page)) }

    private func rendered(_ template: String, _ scope: TemplateScope) -> [UInt8] {
        Array((library.render(scope, withTemplate: template) ?? "").utf8)
    }

    /// The text of a template that is put into another as it is.
    func text(_ name: String) -> String { texts[name] ?? "" }

    /// Partials fall back to HTML, so every file is given the pragma; it takes the first line, which errors take off again.
    private static func parse(
        _ name: String, _ text: String, as contentType: String
    ) throws(TemplateError) -> MustacheTemplate {
        do {
            return try MustacheTemplate(string: "{{% CONTENT_TYPE:\(contentType)}}\n" + text)
        } catch let error as MustacheTemplate.ParserError {
            throw TemplateError(template: name, line: error.context.lineNumber - 1, "\(error.error)")
        } catch {
            throw TemplateError(template: name, "\(error)")
        }
    }
}
