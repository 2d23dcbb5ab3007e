import Formats

/// Reads an XML answer into an `AWSDocument`, within limits and without entities of its own.
struct XMLDocumentReader {
    /// Deepest nesting accepted; the services stay below 12.
    var maximumDepth = 64
    /// Most elements accepted; a page of 1,000 S3 keys has about 8,000.
    var maximumElements = 200_000

    private struct Element {
        var name: String
        var text = ""
        var children: [AWSDocument.Field] = []

        var field: AWSDocument.Field {
            AWSDocument.Field(name: name, value: children.isEmpty ? .scalar(text) : .fields(children))
        }
    }

    /// The root element's name and content.
    ///
    /// - Throws: `AWSDocumentError` for malformed, truncated, too deep or too large documents, and for any document type
    ///   declaration (entities are an attack, never part of an answer).
    func read(_ bytes: [UInt8]) throws(AWSDocumentError) -> AWSDocument.Field {
        var scanner = XMLScanner(
            bytes, limits: XMLScanner.Limits(size: .max, depth: maximumDepth, text: .max, skipsDocumentType: false))
        var open: [Element] = []
        var root: AWSDocument.Field?
        var count = 0
        do throws(XMLScanner.Problem) {
            while let event = try scanner.next() {
                switch event {
                case .start(let name, _):
                    count += 1
                    open.append(Element(name: name))
                case .text(let text): open[open.count - 1].text += text
                case .end:
                    let field = open.removeLast().field
                    if open.isEmpty { root = field } else { open[open.count - 1].children.append(field) }
                }
                guard count <= maximumElements else { break }
            }
        } catch {
            throw AWSDocumentError("malformed or truncated XML \(error)")
        }
        guard count <= maximumElements else { throw AWSDocumentError("XML of more than \(maximumElements) elements") }
        guard let root else { throw AWSDocumentError("the XML has no element") }
        return root
    }
}

/// An answer that could not be read: malformed, truncated, beyond a limit, or of another shape than expected.
public struct AWSDocumentError: Error, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}
