import Formats
import Foundation
import Secrets

/// Decodes values from an `AWSDocument`. Names match without regard to letter case, so that one spelling serves
/// `DBInstanceArn`, `groupId` and `NextToken`; a missing list is an empty list.
struct AWSDocumentDecoder: Decoder {
    let document: AWSDocument
    /// S3 repeats an element for a list; the query protocols wrap a list in an element.
    let flattenedLists: Bool
    var codingPath: [any CodingKey] = []
    var userInfo: [CodingUserInfoKey: Any] { [:] }
    /// Counts the members of the answer itself that were asked for and are there.
    private let finds = Finds()

    private final class Finds { var count = 0 }

    init(document: AWSDocument, flattenedLists: Bool, codingPath: [any CodingKey] = []) {
        self.document = document
        self.flattenedLists = flattenedLists
        self.codingPath = codingPath
    }

    /// - Parameter mustHold: refuses a document with none of the members that are asked for. It is another's answer, and would
    ///   read like an empty list.
    static func decode<Value: Decodable>(
        _ type: Value.Type, from document: AWSDocument, flattenedLists: Bool = false, mustHold: Bool = false
    ) throws(AWSDocumentError) -> Value {
        let decoder = AWSDocumentDecoder(document: document, flattenedLists: flattenedLists)
        do {
            let value = try Value(from: decoder)
            guard !mustHold || decoder.finds.count > 0 else {
                throw decoder.mismatch("the answer has none of the members that were asked for: \(document.kind)")
            }
            return value
        } catch let error as DecodingError {
            throw AWSDocumentError(Self.explain(error))
        } catch {
            throw AWSDocumentError("unexpected shape: \(error)")
        }
    }

    private static func explain(_ error: DecodingError) -> String {
        func path(_ context: DecodingError.Context) -> String {
            context.codingPath.map(\.stringValue).joined(separator: ".")
        }
        switch error {
        case .keyNotFound(let key, let context):
            return "the answer lacks \(path(context).isEmpty ? "" : path(context) + ".")\(key.stringValue)"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            return path(context).isEmpty ? context.debugDescription : "\(path(context)): \(context.debugDescription)"
        @unknown default: return "unexpected shape"
        }
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        switch document {
        case .fields(let fields):
            KeyedDecodingContainer(FieldContainer(fields: fields, decoder: self))
        case .null, .scalar(""):
            KeyedDecodingContainer(FieldContainer(fields: [], decoder: self))
        case .scalar, .list:
            throw mismatch("expected members, got \(document.kind)")
        }
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        switch document {
        case .list(let elements): ListContainer(elements: elements, decoder: self)
        case .null, .scalar(""): ListContainer(elements: [], decoder: self)
        case .fields(let fields) where !flattenedLists: ListContainer(elements: fields.map(\.value), decoder: self)
        case .fields: ListContainer(elements: [document], decoder: self)
        case .scalar where flattenedLists: ListContainer(elements: [document], decoder: self)
        case .scalar: throw mismatch("expected a list, got \(document.kind)")
        }
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { ScalarContainer(decoder: self) }

    fileprivate func noteFind() { if codingPath.isEmpty { finds.count += 1 } }

    func nested(_ document: AWSDocument, _ key: any CodingKey) -> AWSDocumentDecoder {
        AWSDocumentDecoder(document: document, flattenedLists: flattenedLists, codingPath: codingPath + [key])
    }

    func mismatch(_ text: String) -> DecodingError {
        .dataCorrupted(DecodingError.Context(codingPath: codingPath, debugDescription: text))
    }

    /// Decodes one value; moments are ISO 8601 (XML) or seconds since 1970 (JSON).
    func value<Value: Decodable>(_ type: Value.Type) throws -> Value {
        guard type == Date.self else { return try Value(from: self) }
        let text = document.text ?? ""
        let date = Double(finite: text).map(Date.moment(secondsSince1970:)) ?? Timestamp.date(text)
        guard let value = date as? Value else { throw mismatch("expected a moment, got \"\(text.excerpt(40))\"") }
        return value
    }
}

private struct FieldContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let fields: [AWSDocument.Field]
    let decoder: AWSDocumentDecoder
    var codingPath: [any CodingKey] { decoder.codingPath }
    var allKeys: [Key] { fields.compactMap { Key(stringValue: $0.name) } }

    private func document(_ key: Key) -> AWSDocument? {
        let matches = fields.filter { $0.name.caseInsensitiveEquals(key.stringValue) }
        if !matches.isEmpty { decoder.noteFind() }
        if decoder.flattenedLists, matches.count > 1 { return .list(matches.map(\.value)) }
        return matches.first?.value
    }

    private func nested(_ key: Key) throws -> AWSDocumentDecoder {
        guard let document = document(key) else {
            throw DecodingError.keyNotFound(key, .init(codingPath: codingPath, debugDescription: "missing"))
        }
        return decoder.nested(document, key)
    }

    func contains(_ key: Key) -> Bool { document(key) != nil }
    func decodeNil(forKey key: Key) throws -> Bool {
        document(key).map { $0 == .null || $0 == .scalar("") } ?? true
    }
    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        if document(key) == nil, let empty = EmptyList.value(type) { return empty }
        return try nested(key).value(type)
    }
    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try nested(key).container(keyedBy: type)
    }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try nested(key).unkeyedContainer()
    }
    func superDecoder() throws -> any Decoder { decoder }
    func superDecoder(forKey key: Key) throws -> any Decoder { try nested(key) }
}

/// Recognises list types, so that an absent list reads as empty.
private enum EmptyList {
    protocol Listing { static var empty: Self { get } }
    static func value<Value>(_ type: Value.Type) -> Value? { (type as? any Listing.Type)?.empty as? Value }
}

extension Array: EmptyList.Listing { fileprivate static var empty: Self { [] } }
extension Dictionary: EmptyList.Listing { fileprivate static var empty: Self { [:] } }

private struct ListContainer: UnkeyedDecodingContainer {
    let elements: [AWSDocument]
    let decoder: AWSDocumentDecoder
    var currentIndex = 0
    var codingPath: [any CodingKey] { decoder.codingPath }
    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex >= elements.count }

    private struct Index: CodingKey {
        let index: Int
        var stringValue: String { String(index) }
        var intValue: Int? { index }
        init(_ index: Int) { self.index = index }
        init?(stringValue: String) { nil }
        init?(intValue: Int) { index = intValue }
    }

    private mutating func next() throws -> AWSDocumentDecoder {
        guard currentIndex < elements.count else { throw decoder.mismatch("the list is shorter than expected") }
        defer { currentIndex += 1 }
        return decoder.nested(elements[currentIndex], Index(currentIndex))
    }

    mutating func decodeNil() throws -> Bool {
        guard currentIndex < elements.count, elements[currentIndex] == .null else { return false }
        currentIndex += 1
        return true
    }
    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next().value(type) }
    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try next().container(keyedBy: type)
    }
    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }
    mutating func superDecoder() throws -> any Decoder { try next() }
}

private struct ScalarContainer: SingleValueDecodingContainer {
    let decoder: AWSDocumentDecoder
    var codingPath: [any CodingKey] { decoder.codingPath }

    private func text() throws -> String {
        guard let text = decoder.document.text else {
            throw decoder.mismatch("expected a single value, got \(decoder.document.kind)")
        }
        return text
    }

    private func parsed<Value>(_ parse: (String) -> Value?, _ kind: String) throws -> Value {
        let text = try text().trimmingCharacters(in: .whitespacesAndNewlines)
        guard let value = parse(text) else { throw decoder.mismatch("expected \(kind), got \"\(text.excerpt(40))\"") }
        return value
    }

    func decodeNil() -> Bool { decoder.document == .null }
    func decode(_ type: String.Type) throws -> String { try text() }
    func decode(_ type: Bool.Type) throws -> Bool {
        try parsed({ ["true": true, "false": false, "1": true, "0": false][$0.lowercased()] }, "true or false")
    }
    func decode(_ type: Double.Type) throws -> Double { try parsed(Double.init(finite:), "a number") }
    func decode(_ type: Float.Type) throws -> Float { try parsed({ Double(finite: $0).map(Float.init) }, "a number") }
    func decode(_ type: Int.Type) throws -> Int { try integer(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try integer(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer(type) }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.value(type) }

    private func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws -> Value {
        try parsed({ Value($0) ?? Double(finite: $0).flatMap { Value(exactly: $0) } }, "a whole number")
    }
}

extension AWSDocument {
    fileprivate var kind: String {
        switch self {
        case .null: "nothing"
        case .scalar(let text): "\"\(text.excerpt(40))\""
        case .list(let elements): "a list of \(elements.count)"
        case .fields(let fields): "members \(fields.prefix(3).map(\.name).joined(separator: ", "))"
        }
    }
}
