import Foundation

extension JSONValue {
    /// JSON text on one line; `spaced` puts a blank after each comma and colon.
    func text(spaced: Bool = false) -> String {
        var output = ""
        write(to: &output, comma: spaced ? ", " : ",", colon: spaced ? ": " : ":")
        return output
    }

    private func write(to output: inout String, comma: String, colon: String) {
        switch self {
        case .object(let members):
            output += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { output += comma }
                Self.write(member.name, to: &output)
                output += colon
                member.value.write(to: &output, comma: comma, colon: colon)
            }
            output += "}"
        case .array(let items):
            output += "["
            for (index, item) in items.enumerated() {
                if index > 0 { output += comma }
                item.write(to: &output, comma: comma, colon: colon)
            }
            output += "]"
        case .string(let text): Self.write(text, to: &output)
        case .integer(let number): output += String(number)
        case .number(let number): output += number.isFinite ? String(number) : "null"
        case .bool(let flag): output += flag ? "true" : "false"
        case .null: output += "null"
        }
    }

    private static func write(_ text: String, to output: inout String) {
        output += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\r": output += "\\r"
            case "\t": output += "\\t"
            case _ where scalar.value < 0x20: output += String(format: "\\u%04x", scalar.value)
            default: output.unicodeScalars.append(scalar)
            }
        }
        output += "\""
    }

    /// The value as Python prints it, which the original's validation errors quote (contract §2.2).
    var pythonText: String {
        switch self {
        case .object(let members):
            "{" + members.map { "'\($0.name)': \($0.value.pythonText)" }.joined(separator: ", ") + "}"
        case .array(let items): "[" + items.map(\.pythonText).joined(separator: ", ") + "]"
        case .string(let text): "'\(text)'"
        case .integer(let number): String(number)
        case .number(let number): String(number)
        case .bool(let flag): flag ? "True" : "False"
        case .null: "None"
        }
    }
}
