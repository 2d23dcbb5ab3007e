import Foundation

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// Reads an XML answer into an `AWSDocument`, within limits and without entities of its own.
struct XMLDocumentReader {
    /// Deepest nesting accepted; the services stay below 12.
    var maximumDepth = 64
    /// Most elements accepted; a page of 1,000 S3 keys has about 8,000.
    var maximumElements = 2_000_000

    /// The root element's name and content.
    ///
    /// - Throws: `AWSDocumentError` for malformed, truncated, too deep or too large documents, and for any document type
    ///   declaration (entities are an attack, never part of an answer).
    func read(_ bytes: [UInt8]) throws(AWSDocumentError) -> AWSDocument.Field {
        if Self.containsDocumentType(bytes) {
            throw AWSDocumentError("the XML carries a document type declaration, which no AWS answer has")
        }
        let parser = XMLParser(data: Data(bytes))
        parser.shouldResolveExternalEntities = false
        let builder = Builder(maximumDepth: maximumDepth, maximumElements: maximumElements)
        parser.delegate = builder
        let succeeded = parser.parse()
        if let limit = builder.exceededLimit { throw AWSDocumentError(limit) }
        guard succeeded, let root = builder.root else {
            throw AWSDocumentError("malformed XML at line \(parser.lineNumber), column \(parser.columnNumber)")
        }
        return root
    }

    private static func containsDocumentType(_ bytes: [UInt8]) -> Bool {
        let mark = Array("<!DOCTYPE".utf8)
        // A declaration can only stand before the root element, so the first 4 KB and the first `<` of a name decide.
        let head = bytes.prefix(4096)
        return head.indices.contains { index in
            head.distance(from: index, to: head.endIndex) >= mark.count
                && zip(head[index...], mark).allSatisfy { $0 & 0xDF == $1 & 0xDF }
        }
    }

    private final class Builder: NSObject, XMLParserDelegate {
        private struct Element {
            var name: String
            var text = ""
            var children: [AWSDocument.Field] = []
        }

        private let maximumDepth: Int
        private let maximumElements: Int
        private var open: [Element] = []
        private var count = 0
        private(set) var root: AWSDocument.Field?
        private(set) var exceededLimit: String?

        init(maximumDepth: Int, maximumElements: Int) {
            self.maximumDepth = maximumDepth
            self.maximumElements = maximumElements
        }

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) {
            count += 1
            if open.count >= maximumDepth {
                exceededLimit = "XML nested deeper than \(maximumDepth) elements"
            } else if count > maximumElements {
                exceededLimit = "XML of more than \(maximumElements) elements"
            }
            if exceededLimit != nil { return parser.abortParsing() }
            open.append(Element(name: name))
        }

        func parser(_ parser: XMLParser, foundCharacters text: String) {
            guard !open.isEmpty else { return }
            open[open.count - 1].text += text
        }

        func parser(_ parser: XMLParser, foundCDATA block: Data) {
            guard !open.isEmpty else { return }
            open[open.count - 1].text += String(decoding: block, as: UTF8.self)
        }

        func parser(
            _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
        ) {
            guard let element = open.popLast() else { return }
            let value: AWSDocument = element.children.isEmpty ? .scalar(element.text) : .fields(element.children)
            let field = AWSDocument.Field(name: element.name, value: value)
            if open.isEmpty { root = field } else { open[open.count - 1].children.append(field) }
        }
    }
}

/// An answer that could not be read: malformed, truncated, beyond a limit, or of another shape than expected.
public struct AWSDocumentError: Error, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}
