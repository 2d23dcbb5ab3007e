/// Checks templates against the keys there are. Mustache itself leaves a wrong key or partial out without a word.
struct TemplateCheck {
    /// Templates and partials by file name.
    let texts: [String: String]

    private static let maximumDepth = 16

    /// - Throws: the first fault of the template or of a partial it uses.
    func check(_ template: String, _ shapes: [String: TemplateShape]) throws(TemplateError) {
        try check(template, stack: [shapes], depth: 0)
    }

    private func check(_ template: String, stack: [[String: TemplateShape]], depth: Int) throws(TemplateError) {
        guard let text = texts[template] else { throw TemplateError(template: template, "there is no such template") }
        var stack = stack
        var open: [TemplateTag] = []
        for tag in TemplateTag.all(in: text) {
            switch tag.kind {
            case .comment: break
            case .text:
                guard case .text = try shape(tag, template, stack) else {
                    throw wrongUse(tag, template, stack)
                }
            case .prepared:
                guard case .prepared = try shape(tag, template, stack) else {
                    throw wrongUse(tag, template, stack)
                }
            case .section, .inverted:
                open.append(tag)
                switch try shape(tag, template, stack) {
                case .flag: stack.append([:])
                case .object(let inner), .list(let inner): stack.append(tag.kind == .section ? inner : [:])
                case .text, .prepared: throw wrongUse(tag, template, stack)
                }
            case .end:
                guard let last = open.popLast(), last.name == tag.name else {
                    throw TemplateError(
                        template: template, line: tag.line, key: tag.name, "closes a section that is not open here")
                }
                stack.removeLast()
            case .partial: try checkPartial(tag, template, stack, depth)
            case .unsupported:
                throw TemplateError(
                    template: template, line: tag.line,
                    "‘\(tag.name)’ is not supported; use keys, sections, partials and comments")
            }
        }
        if let tag = open.last {
            throw TemplateError(template: template, line: tag.line, key: tag.name, "this section is not closed")
        }
    }

    private func checkPartial(
        _ tag: TemplateTag, _ template: String, _ stack: [[String: TemplateShape]], _ depth: Int
    ) throws(TemplateError) {
        let file = tag.name + ".md"
        guard texts[file] != nil else {
            let nearest = file.nearest(in: texts.keys).map { "; did you mean ‘\($0.dropLast(3))’?" } ?? ""
            throw TemplateError(
                template: template, line: tag.line, key: tag.name, "there is no partial \(file)\(nearest)")
        }
        guard depth < Self.maximumDepth else {
            throw TemplateError(template: template, line: tag.line, key: tag.name, "partials include each other")
        }
        try check(file, stack: stack, depth: depth + 1)
    }

    private func shape(
        _ tag: TemplateTag, _ template: String, _ stack: [[String: TemplateShape]]
    ) throws(TemplateError) -> TemplateShape {
        for shapes in stack.reversed() {
            if let shape = shapes[tag.name] { return shape }
        }
        let known = Set(stack.flatMap(\.keys))
        let nearest = tag.name.nearest(in: known).map { "did you mean ‘\($0)’?" }
        let advice = nearest ?? "known here: \(known.sorted().joined(separator: ", "))"
        throw TemplateError(template: template, line: tag.line, key: tag.name, "there is no such key; \(advice)")
    }

    private func wrongUse(
        _ tag: TemplateTag, _ template: String, _ stack: [[String: TemplateShape]]
    ) -> TemplateError {
        let found = stack.reversed().lazy.compactMap { $0[tag.name] }.first
        let advice =
            switch found {
            case .text: "is a text; write {{\(tag.name)}}, which escapes it, and {{#has_\(tag.name)}} to ask for it"
            case .prepared: "is Markdown already; write {{{\(tag.name)}}}"
            case .flag: "is yes or no; write {{#\(tag.name)}} … {{/\(tag.name)}}"
            case .object, .list: "has parts; write {{#\(tag.name)}} … {{/\(tag.name)}}"
            case nil: "is unknown"
            }
        return TemplateError(template: template, line: tag.line, key: tag.name, advice)
    }
}
