/// What a key stands for, known without any run: a template is checked against it before anything is rendered.
indirect enum TemplateShape: Sendable {
    /// Text that came from somewhere; always escaped: `{{key}}`.
    case text
    /// Markdown that this program made, such as a block of code: `{{{key}}}`.
    case prepared
    /// Yes or no, for sections.
    case flag
    /// One thing that may be absent: `{{#key}} … {{/key}}`.
    case object([String: TemplateKey])
    case list([String: TemplateKey])
}

/// A key of one kind of thing: what it stands for, and the place of its value.
struct TemplateKey: Sendable {
    let shape: TemplateShape
    let index: Int
}

/// What a key of one thing comes to.
enum TemplateValue {
    case text(String)
    case flag(Bool)
    case object(any TemplateScope)
    case list(any TemplateElements)
}

/// One thing that a template asks for the values of its keys, by their places.
protocol TemplateScope {
    func value(at index: Int) -> TemplateValue
}

/// The things of a list.
protocol TemplateElements {
    var count: Int { get }
    func element(at position: Int) -> any TemplateScope
}

/// The values behind the keys of one kind of thing, with their shapes. A value is made only when a template wants it.
struct TemplateFields<Subject>: Sendable {
    typealias Getter = @Sendable (Subject) -> TemplateValue

    private(set) var shapes: [String: TemplateKey] = [:]
    private(set) var getters: [Getter] = []

    /// One subject for a template.
    func scope(of subject: Subject) -> any TemplateScope { FieldScope(getters: getters, subject: subject) }

    mutating func text(_ key: String, _ get: @escaping @Sendable (Subject) -> String) {
        add(key, .text) { .text(get($0)) }
    }

    mutating func prepared(_ key: String, _ get: @escaping @Sendable (Subject) -> String) {
        add(key, .prepared) { .text(get($0)) }
    }

    mutating func flag(_ key: String, _ get: @escaping @Sendable (Subject) -> Bool) {
        add(key, .flag) { .flag(get($0)) }
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
        let getters = fields.getters
        add(key, .object(fields.shapes)) { subject in
            get(subject).map { .object(FieldScope(getters: getters, subject: $0)) } ?? .flag(false)
        }
    }

    /// A list with the flag `has_<key>`; its elements also know `number`, counted from 1, and `is_last`.
    mutating func list<Part>(
        _ key: String, _ fields: TemplateFields<Part>, _ get: @escaping @Sendable (Subject) -> [Part]
    ) {
        let getters = fields.getters
        let place = [
            "number": TemplateKey(shape: .text, index: getters.count),
            "is_last": TemplateKey(shape: .flag, index: getters.count + 1),
        ]
        add(key, .list(fields.shapes.merging(place) { own, _ in own })) { subject in
            .list(FieldElements(getters: getters, subjects: get(subject)))
        }
        flag("has_" + key) { !get($0).isEmpty }
    }

    private mutating func add(_ key: String, _ shape: TemplateShape, _ getter: @escaping Getter) {
        shapes[key] = TemplateKey(shape: shape, index: getters.count)
        getters.append(getter)
    }
}

extension TemplateFields {
    /// Builds fields in one expression.
    init(_ build: (inout TemplateFields) -> Void) {
        self.init()
        build(&self)
    }
}

private struct FieldScope<Subject>: TemplateScope {
    let getters: [TemplateFields<Subject>.Getter]
    let subject: Subject

    func value(at index: Int) -> TemplateValue { getters[index](subject) }
}

private struct FieldElements<Subject>: TemplateElements {
    let getters: [TemplateFields<Subject>.Getter]
    let subjects: [Subject]

    var count: Int { subjects.count }
    func element(at position: Int) -> any TemplateScope { FieldElement(list: self, position: position) }
}

private struct FieldElement<Subject>: TemplateScope {
    let list: FieldElements<Subject>
    let position: Int

    func value(at index: Int) -> TemplateValue {
        switch index - list.getters.count {
        case 0: .text(String(position + 1))
        case 1: .flag(position == list.count - 1)
        default: list.getters[index](list.subjects[position])
        }
    }
}
