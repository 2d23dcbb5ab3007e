import Foundation

/// Holds JSON against a JSON Schema of ours, as far as ours use the language: types, `required`, `properties`,
/// `additionalProperties`, `propertyNames`, `items`, `enum`, `const`, `pattern`, bounds and references within the document.
public struct SchemaCheck {
    /// The schema itself.
    public let root: [String: Any]

    /// - Parameter name: of the schema, such as `results`.
    public init(named name: String) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/plumbline/Schemas/\(name).schema.json")
        root = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any] ?? [:]
    }

    public init(_ schema: [String: Any]) { root = schema }

    /// What is wrong, with its place; empty when the value is as the schema says.
    public func faults(in value: Any) -> [String] { faults(value, root, "$") }

    private func faults(_ value: Any, _ schema: [String: Any], _ place: String) -> [String] {
        if let reference = schema["$ref"] as? String {
            let name = reference.split(separator: "/").last.map(String.init) ?? ""
            guard let target = (root["$defs"] as? [String: Any])?[name] as? [String: Any] else {
                return ["\(place): the schema has no \(reference)"]
            }
            return faults(value, target, place)
        }
        var faults: [String] = []
        if let types = schema["type"] {
            let allowed = types as? [String] ?? [types as? String ?? ""]
            if !allowed.contains(where: { Self.isOf($0, value) }) { return ["\(place): is no \(allowed)"] }
        }
        if let allowed = schema["enum"] as? [AnyHashable], !allowed.contains((value as? AnyHashable) ?? AnyHashable(""))
        {
            faults.append("\(place): \(value) is none of \(allowed)")
        }
        if let constant = schema["const"] as? AnyHashable, constant != value as? AnyHashable {
            faults.append("\(place): is not \(constant)")
        }
        if let text = value as? String, let pattern = schema["pattern"] as? String,
            text.range(of: pattern, options: .regularExpression) == nil
        {
            faults.append("\(place): ‘\(text)’ does not fit \(pattern)")
        }
        if let number = value as? Double {
            if let least = schema["minimum"] as? Double, number < least {
                faults.append("\(place): \(number) < \(least)")
            }
            if let most = schema["maximum"] as? Double, number > most { faults.append("\(place): \(number) > \(most)") }
        }
        if let object = value as? [String: Any] { faults += self.faults(of: object, schema, place) }
        if let list = value as? [Any], let items = schema["items"] as? [String: Any] {
            faults += list.enumerated().flatMap { self.faults($1, items, "\(place)[\($0)]") }
        }
        return faults
    }

    private func faults(of object: [String: Any], _ schema: [String: Any], _ place: String) -> [String] {
        var faults = (schema["required"] as? [String] ?? []).filter { object[$0] == nil }.map {
            "\(place): lacks \($0)"
        }
        let properties = schema["properties"] as? [String: Any] ?? [:]
        for (key, value) in object.sorted(by: { $0.key < $1.key }) {
            if let own = properties[key] as? [String: Any] {
                faults += self.faults(value, own, "\(place).\(key)")
            } else if let others = schema["additionalProperties"] as? [String: Any] {
                faults += self.faults(value, others, "\(place).\(key)")
            } else if schema["additionalProperties"] as? Bool == false {
                faults.append("\(place): \(key) is not of the format")
            }
            if let names = schema["propertyNames"] as? [String: Any] {
                faults += self.faults(key, names, "\(place): name \(key)")
            }
        }
        return faults
    }

    private static func isOf(_ type: String, _ value: Any) -> Bool {
        switch type {
        case "string": value is String
        case "boolean": value is Bool
        case "integer": !(value is String) && (value as? Double).map { $0 == $0.rounded() } ?? false
        case "number": !(value is String) && value is Double
        case "array": value is [Any]
        case "object": value is [String: Any]
        case "null": value is NSNull
        default: false
        }
    }
}
