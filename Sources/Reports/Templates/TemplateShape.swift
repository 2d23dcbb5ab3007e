import Mustache

/// What a key stands for, known without any run: a template is checked against it before anything is rendered.
indirect enum TemplateShape: Sendable {
    /// Text that came from somewhere; always escaped: `{{key}}`.
    case text
    /// Markdown that this program made, such as a block of code: `{{{key}}}`.
    case prepared
    /// Yes or no, for sections.
    case flag
    /// One thing that may be absent: `{{#key}} … {{/key}}`.
    case object([String: TemplateShape])
    case list([String: TemplateShape])
}

/// One thing as Mustache asks it for keys. A value is made only when a template wants it.
struct TemplateScope: MustacheParent {
    let value: (String) -> Any?

    func child(named name: String) -> Any? { value(name) }
}

/// The values behind the keys of one kind of thing, with their shapes.
struct TemplateFields<Subject>: Sendable {
    private(set) var shapes: [String: TemplateShape] = [:]
    private var values: [String: @Sendable (Subject) -> Any] = [:]

    /// One subject for Mustache. Nothing in it is optional, so nothing prints "nil".
    func scope(of subject: Subject) -> TemplateScope {
        TemplateScope { name in values[name].map { $0(subject) } }
    }

    mutating func text(_ key: String, _ get: @escaping @Sendable (Subject) -> String) {
        add(key, .text) { get($0) }
    }

    mutating func prepared(_ key: String, _ get: @escaping @Sendable (Subject) -> String) {
        add(key, .prepared) { get($0) }
    }

    mutating func flag(_ key: String, _ get: @escaping @Sendable (Subject) -> Bool) {
        add(key, .flag) { get($0) }
    }

    /// A text that may be absent or empty, with the flag `has_<key>`.
    mutating func optionalText(_ key: String, _ get: @escaping @Sendable (Subject) -> String?) {
        text(key) { get($0) ?? "" }
        flag("has_" + key) { !(get($0) ?? "").isEmpty }
    }

    /// The same for Markdown that this program made.
    mutating func optionalPrepared(_ key: String, _ get: @escaping @Sendable (Subject) -> String?) {
        prepared(key) { get($0) ?? "" }
        flag("has_" + key) { !(get($0) ?? "").isEmpty }
    }

    mutating func object<Part>(
        _ key: String, _ fields: TemplateFields<Part>, _ get: @escaping @Sendable (Subject) -> Part?
    ) {
        add(key, .object(fields.shapes)) { subject in get(subject).map { fields.scope(of: $0) as Any } ?? false }
    }

    /// A list with the flag `has_<key>`; its elements also know `number`, counted from 1, and `is_last`.
    mutating func list<Part>(
        _ key: String, _ fields: TemplateFields<Part>, _ get: @escaping @Sendable (Subject) -> [Part]
    ) {
        let shapes = fields.shapes.merging(["number": .text, "is_last": .flag]) { own, _ in own }
        add(key, .list(shapes)) { subject in
            let parts = get(subject)
            return parts.enumerated().map { index, part -> TemplateScope in
                let scope = fields.scope(of: part)
                return TemplateScope { name in
                    if let own = scope.value(name) { return own }
                    switch name {
                    case "number": return String(index + 1)
                    case "is_last": return index == parts.count - 1
                    default: return nil
                    }
                }
            }
        }
        flag("has_" + key) { !get($0).isEmpty }
    }

    private mutating func add(_ key: String, _ shape: TemplateShape, _ value: @escaping @Sendable (Subject) -> Any) {
        shapes[key] = shape
        values[key] = value
    }
}

extension TemplateFields {
    /// Builds fields in one expression.
    init(_ build: (inout TemplateFields) -> Void) {
        self.init()
        build(&self)
    }
}
