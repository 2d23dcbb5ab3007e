import Foundation

/// Validation errors in the wording of the original's framework (contract §2.9).
struct RequestValidationError: Sendable {
    var items: [JSONValue]

    /// 422 with a request id, as recorded.
    var response: ServiceResponse {
        .json(
            422, ["detail": .array(items)], headers: ["x-request-id": UUID().uuidString.lowercased()])
    }

    static func boolean(_ name: String, _ input: String) -> RequestValidationError {
        RequestValidationError(items: [
            [
                "type": "bool_parsing", "loc": ["query", .string(name)],
                "msg": "Input should be a valid boolean, unable to interpret input", "input": .string(input),
                "url": .string(link("bool_parsing")),
            ]
        ])
    }

    static func missing(_ names: [String], in body: JSONValue) -> RequestValidationError {
        RequestValidationError(
            items: names.map { name in
                [
                    "type": "missing", "loc": ["body", .string(name)], "msg": "Field required", "input": body,
                    "url": .string(link("missing")),
                ]
            })
    }

    static func literal(_ name: String, expected: [String], input: JSONValue) -> RequestValidationError {
        let words = expected.map { "'\($0)'" }
        let list = words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
        return RequestValidationError(items: [
            [
                "type": "literal_error", "loc": ["body", .string(name)], "msg": .string("Input should be \(list)"),
                "input": input, "ctx": ["expected": .string(list)], "url": .string(link("literal_error")),
            ]
        ])
    }

    /// A member that is not the object it should be.
    static func notObject(_ name: String, input: JSONValue) -> RequestValidationError {
        RequestValidationError(items: [
            [
                "type": "dict_type", "loc": ["body", .string(name)], "msg": "Input should be a valid dictionary",
                "input": input, "url": .string(link("dict_type")),
            ]
        ])
    }

    /// Several mistakes of one body in one answer.
    static func + (left: RequestValidationError, right: RequestValidationError) -> RequestValidationError {
        RequestValidationError(items: left.items + right.items)
    }

    static func notJSON() -> RequestValidationError {
        RequestValidationError(items: [
            [
                "type": "json_invalid", "loc": ["body", 0], "msg": "JSON decode error", "input": [:],
                "ctx": ["error": "Expecting value"],
            ]
        ])
    }

    /// The text of the original when objects stand where its response model wants text (contract §2.2).
    static func notText(members: [JSONValue.Member]) -> String {
        let objects = members.filter { $0.value.members != nil }
        let noun = objects.count == 1 ? "error" : "errors"
        var text = "\(objects.count) validation \(noun) for HealthCheckResponse"
        for member in objects {
            text += "\nservices.\(member.name)\n  Input should be a valid string [type=string_type, input_value="
            text += "\(shortened(member.value.pythonText)), input_type=dict]\n"
            text += "    For further information visit \(link("string_type"))"
        }
        return text
    }

    private static func shortened(_ text: String) -> String {
        text.count <= 50 ? text : "\(text.prefix(25))...\(text.suffix(24))"
    }

    private static func link(_ type: String) -> String { "https://errors.pydantic.dev/2.5/v/\(type)" }
}

/// A boolean query parameter as the original's framework reads it.
enum BooleanParameter: Equatable {
    case value(Bool?)
    case unreadable(String)

    static func read(_ text: String?) -> BooleanParameter {
        guard let text else { return .value(nil) }
        switch text.lowercased() {
        case "true", "1", "yes", "on", "t", "y": return .value(true)
        case "false", "0", "no", "off", "f", "n": return .value(false)
        default: return .unreadable(text)
        }
    }
}
