/// What a service answered, whichever way it was written: XML and JSON are read into the same shape.
public indirect enum AWSDocument: Sendable, Equatable {
    public struct Field: Sendable, Equatable {
        public var name: String
        public var value: AWSDocument
    }

    case null
    /// A text, a number as it was written, `true` or `false`.
    case scalar(String)
    case list([AWSDocument])
    /// Named members in their order; a name may repeat (flattened XML lists).
    case fields([Field])

    /// The first member of that name; letter case does not matter, because the services differ in it.
    public subscript(_ name: String) -> AWSDocument? {
        guard case .fields(let fields) = self else { return nil }
        return fields.first { $0.name.caseInsensitiveEquals(name) }?.value
    }

    /// Follows a path of names.
    subscript(path path: [String]) -> AWSDocument? {
        path.reduce(self as AWSDocument?) { document, name in document?[name] }
    }

    public var text: String? {
        if case .scalar(let text) = self { return text }
        return nil
    }
}

extension String {
    /// ASCII letters compare without regard to case.
    func caseInsensitiveEquals(_ other: String) -> Bool {
        utf8.count == other.utf8.count
            && zip(utf8, other.utf8).allSatisfy { left, right in left == right || left.lowerCased == right.lowerCased }
    }
}

extension UInt8 {
    fileprivate var lowerCased: UInt8 { self >= 65 && self <= 90 ? self + 32 : self }
}
