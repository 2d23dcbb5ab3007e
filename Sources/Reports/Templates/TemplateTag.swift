/// One `{{…}}` of a template.
struct TemplateTag {
    enum Kind { case text, prepared, section, inverted, end, partial, comment, unsupported }

    var kind: Kind
    var name: String
    /// Counted from 1.
    var line: Int

    /// All tags of a template in order. A tag that is not closed ends the list with an unsupported one.
    static func all(in template: String) -> [TemplateTag] {
        var tags: [TemplateTag] = []
        var line = 1
        var rest = template[...]
        while let open = rest.firstRange(of: "{{") {
            line += rest[..<open.lowerBound].count(where: \.isNewline)
            rest = rest[open.upperBound...]
            let isTriple = rest.first == "{"
            guard let close = rest.firstRange(of: isTriple ? "}}}" : "}}") else {
                tags.append(TemplateTag(kind: .unsupported, name: "{{ that is not closed", line: line))
                break
            }
            let body = rest[..<close.lowerBound]
            tags.append(isTriple ? tag(.prepared, body.dropFirst(), line) : tag(body, line))
            line += body.count(where: \.isNewline)
            rest = rest[close.upperBound...]
        }
        return tags
    }

    private static func tag(_ body: Substring, _ line: Int) -> TemplateTag {
        switch body.first {
        case "#": tag(.section, body.dropFirst(), line)
        case "^": tag(.inverted, body.dropFirst(), line)
        case "/": tag(.end, body.dropFirst(), line)
        case ">": body.dropFirst().first == "*" ? tag(.unsupported, body, line) : tag(.partial, body.dropFirst(), line)
        case "!": tag(.comment, body.dropFirst(), line)
        case "&": tag(.prepared, body.dropFirst(), line)
        case "=", "<", "$", "%": tag(.unsupported, body, line)
        default: tag(.text, body, line)
        }
    }

    private static func tag(_ kind: Kind, _ name: Substring, _ line: Int) -> TemplateTag {
        let trimmed = name.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()
        return TemplateTag(kind: kind, name: String(trimmed), line: line)
    }
}
