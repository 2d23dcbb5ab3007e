/// A template that is ready to be rendered: its keys were looked up when it was read, and its partials stand in it.
///
/// The language is Mustache; as its specification says, a tag of a section, a partial or a comment that stands alone on its line
/// takes the line with it, and such a partial is indented as its tag is.
struct TemplateProgram: Sendable {
    /// Where a value is: so many scopes outwards, at this place in it.
    private struct Address: Sendable {
        let outwards: Int
        let index: Int
    }

    private indirect enum Step: Sendable {
        case literal([UInt8])
        case text(Address)
        case prepared(Address)
        case section(Address, [Step])
        case inverted(Address, [Step])
    }

    private let steps: [Step]

    /// - Parameters:
    ///   - name: a template that ``TemplateCheck`` found nothing wrong with.
    ///   - texts: templates and partials by file name.
    init(_ name: String, in texts: [String: String], _ keys: [String: TemplateKey]) {
        var reader = Reader(texts: texts, stack: [keys])
        reader.read(Array((texts[name] ?? "").utf8))
        steps = reader.open[0].steps
    }

    /// - Parameter escape: puts a text that came from somewhere into the format of the document.
    func render(_ scope: any TemplateScope, escape: (String) -> String) -> [UInt8] {
        var output: [UInt8] = []
        var stack = [scope]
        Self.run(steps, &stack, &output, escape)
        return output
    }

    private static func run(
        _ steps: [Step], _ stack: inout [any TemplateScope], _ output: inout [UInt8], _ escape: (String) -> String
    ) {
        for step in steps {
            switch step {
            case .literal(let bytes): output.append(contentsOf: bytes)
            case .text(let address):
                if case .text(let text) = value(address, stack) { output.append(contentsOf: escape(text).utf8) }
            case .prepared(let address):
                if case .text(let text) = value(address, stack) { output.append(contentsOf: text.utf8) }
            case .inverted(let address, let steps):
                switch value(address, stack) {
                case .flag(false): run(steps, &stack, &output, escape)
                case .list(let elements) where elements.count == 0: run(steps, &stack, &output, escape)
                default: break
                }
            case .section(let address, let steps):
                switch value(address, stack) {
                case .text, .flag(false): break
                case .flag(true): run(steps, &stack, &output, escape)
                case .object(let scope):
                    stack.append(scope)
                    run(steps, &stack, &output, escape)
                    stack.removeLast()
                case .list(let elements):
                    for position in 0..<elements.count {
                        stack.append(elements.element(at: position))
                        run(steps, &stack, &output, escape)
                        stack.removeLast()
                    }
                }
            }
        }
    }

    private static func value(_ address: Address, _ stack: [any TemplateScope]) -> TemplateValue {
        stack[stack.count - 1 - address.outwards].value(at: address.index)
    }
}

extension TemplateProgram {
    private struct Reader {
        let texts: [String: String]
        /// The keys of the scopes, the innermost last.
        var stack: [[String: TemplateKey]]
        /// The sections that are open, the document itself first, with what has been read of them.
        var open: [(address: Address?, isInverted: Bool, pushes: Bool, steps: [Step])] = [(nil, false, false, [])]

        mutating func read(_ text: [UInt8]) {
            let space: Set = [UInt8(ascii: " "), UInt8(ascii: "\t")]
            var position = 0
            while let start = Self.find("{{", in: text, from: position) {
                let isTriple = text.dropFirst(start + 2).first == UInt8(ascii: "{")
                let close = isTriple ? "}}}" : "}}"
                guard let end = Self.find(close, in: text, from: start + 2) else { break }
                let body = text[(start + (isTriple ? 3 : 2))..<end]
                var next = end + close.utf8.count
                var before = start
                let kind = isTriple ? UInt8(ascii: "{") : body.first ?? 0
                var indentation: ArraySlice<UInt8> = []
                if "#^/>!".utf8.contains(kind) {
                    while before > 0, space.contains(text[before - 1]) { before -= 1 }
                    var after = next
                    while after < text.count, space.contains(text[after]) || text[after] == UInt8(ascii: "\r") {
                        after += 1
                    }
                    let beginsLine = before == 0 || text[before - 1] == UInt8(ascii: "\n")
                    if beginsLine, before >= position, after == text.count || text[after] == UInt8(ascii: "\n") {
                        indentation = text[before..<start]
                        next = min(after + 1, text.count)
                    } else {
                        before = start
                    }
                }
                add(.literal(Array(text[position..<before])))
                position = next
                take(kind, Self.name(body, kind), indentation)
            }
            add(.literal(Array(text[position...])))
        }

        private mutating func take(_ kind: UInt8, _ name: String, _ indentation: ArraySlice<UInt8>) {
            switch kind {
            case UInt8(ascii: "!"): break
            case UInt8(ascii: ">"): read(Self.indented(texts[name + ".md"] ?? "", by: indentation))
            case UInt8(ascii: "#"), UInt8(ascii: "^"): begin(name, isInverted: kind == UInt8(ascii: "^"))
            case UInt8(ascii: "/"): end()
            case UInt8(ascii: "{"), UInt8(ascii: "&"): if let found = address(of: name) { add(.prepared(found.0)) }
            default: if let found = address(of: name) { add(.text(found.0)) }
            }
        }

        private mutating func begin(_ name: String, isInverted: Bool) {
            guard let (address, shape) = address(of: name) else { return }
            var pushes = false
            if !isInverted {
                switch shape {
                case .object(let inner), .list(let inner):
                    stack.append(inner)
                    pushes = true
                case .text, .prepared, .flag: break
                }
            }
            open.append((address, isInverted, pushes, []))
        }

        private mutating func end() {
            guard open.count > 1, let section = open.popLast(), let address = section.address else { return }
            if section.pushes { stack.removeLast() }
            add(section.isInverted ? .inverted(address, section.steps) : .section(address, section.steps))
        }

        private mutating func add(_ step: Step) {
            if case .literal(let bytes) = step, bytes.isEmpty { return }
            open[open.count - 1].steps.append(step)
        }

        private func address(of name: String) -> (Address, TemplateShape)? {
            for (outwards, keys) in stack.reversed().enumerated() {
                if let key = keys[name] { return (Address(outwards: outwards, index: key.index), key.shape) }
            }
            return nil
        }

        private static func name(_ body: ArraySlice<UInt8>, _ kind: UInt8) -> String {
            let text = String(decoding: "#^/>!&".utf8.contains(kind) ? body.dropFirst() : body, as: UTF8.self)
            return String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        }

        private static func indented(_ text: String, by indentation: ArraySlice<UInt8>) -> [UInt8] {
            guard !indentation.isEmpty else { return Array(text.utf8) }
            var result: [UInt8] = []
            for byte in text.utf8 {
                if result.isEmpty || result.last == UInt8(ascii: "\n") { result += indentation }
                result.append(byte)
            }
            return result
        }

        private static func find(_ mark: String, in text: [UInt8], from start: Int) -> Int? {
            let mark = Array(mark.utf8)
            var position = start
            while position + mark.count <= text.count {
                if text[position] == mark[0], text[position..<(position + mark.count)].elementsEqual(mark) {
                    return position
                }
                position += 1
            }
            return nil
        }
    }
}
