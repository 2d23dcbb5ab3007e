import Formats
import Foundation

/// Every way in which a value travels, by name, written by encoders that are not ours where there are any.
enum TravellingForms {
    struct Form: Sendable, CustomStringConvertible {
        let name: String
        let text: String
        /// The characters of the text that come from the value alone, where those are not all of it.
        var own: String?
        /// Characters that one of the value takes.
        var width = 1
        var description: String { name }
    }

    static func all(of value: String) -> [Form] {
        escaped(value) + nested(value) + base64(value) + hexadecimal(value)
    }

    // MARK: Escapes

    static func escaped(_ value: String) -> [Form] {
        let percentAll = percent(value, kept: "")
        return [
            Form(name: "raw", text: value), Form(name: "percent", text: percent(value, kept: "-._~")),
            Form(name: "percent, lower case", text: percent(value, kept: "-._~", upper: false)),
            Form(name: "percent, everything", text: percentAll),
            Form(name: "percent twice", text: percent(percent(value, kept: "-._~"), kept: "-._~")),
            Form(name: "percent three times", text: percent(percent(percentAll, kept: "-._~"), kept: "-._~")),
            Form(name: "form", text: percent(value, kept: "-._*", plus: true)),
            Form(name: "encodeURIComponent", text: percent(value, kept: "-_.!~*'()")),
            Form(name: "URL path", text: percent(value, kept: "-._~!$&'()*+,;=:@")),
            Form(name: "JavaScript's escape()", text: legacyEscape(value)),
            Form(name: "JSON", text: json(value)),
            Form(name: "JSON with \\/", text: json(value).replacing("/", with: "\\/")),
            Form(name: "JSON, ASCII only", text: jsonASCII(value)),
            Form(name: "JSON, every character", text: jsonAll(value)),
            Form(name: "JSON, every character, upper case", text: jsonAll(value, upper: true)),
            Form(name: "C", text: bytesEscaped(value) { String(format: "\\x%02x", $0) }),
            Form(name: "octal", text: bytesEscaped(value) { String(format: "\\%03o", $0) }),
            Form(name: "Swift", text: value.unicodeScalars.map { "\\u{\(String($0.value, radix: 16))}" }.joined()),
            Form(
                name: "Python",
                text: value.unicodeScalars.map { String(format: "\\U%08x", $0.value) }.joined(), width: 10),
            Form(name: "HTML", text: html(value)),
            Form(name: "HTML, decimal", text: value.unicodeScalars.map { "&#\($0.value);" }.joined()),
            Form(
                name: "HTML, hexadecimal",
                text: value.unicodeScalars.map { "&#x\(String($0.value, radix: 16));" }.joined()),
            Form(name: "HTML, names", text: htmlNames(value)),
        ]
    }

    private static func nested(_ value: String) -> [Form] {
        [
            Form(name: "JSON in JSON", text: json(json(value))),
            Form(name: "JSON in JSON in JSON", text: json(json(json(value)))),
            Form(name: "percent in JSON", text: json(percent(value, kept: "-._~"))),
            Form(name: "JSON in percent", text: percent(json(value), kept: "-._~")),
            Form(name: "HTML in JSON", text: json(html(value))), Form(name: "JSON in HTML", text: html(json(value))),
            Form(name: "HTML in HTML", text: html(html(value))),
            Form(name: "percent in HTML", text: html(percent(value, kept: "&;"))),
        ]
    }

    // MARK: Encodings

    private static func base64(_ value: String) -> [Form] {
        ["", "u", "us", "user:"].flatMap { prefix in
            ["", "!", "!!"].flatMap { suffix -> [Form] in
                let data = Data((prefix + value + suffix).utf8)
                let plain = data.base64EncodedString()
                let url = plain.replacing("+", with: "-").replacing("/", with: "_")
                let name = "base64 after ‘\(prefix)’ before ‘\(suffix)’"
                let count = value.utf8.count
                let first = (prefix.utf8.count * 8 + 5) / 6
                let own = String(plain.dropFirst(first).prefix((prefix.utf8.count + count) * 8 / 6 - first))
                let wrapped = wrap(plain, at: 19, with: "\n")
                return [
                    Form(name: name, text: plain, own: own),
                    Form(name: name + ", URL", text: url.replacing("=", with: ""), own: own),
                    Form(name: name + ", in a URL", text: percent(plain, kept: ""), own: own),
                    Form(name: name + ", in JSON", text: json(plain).replacing("/", with: "\\/"), own: own),
                    Form(name: name + ", wrapped", text: wrapped, own: own),
                    Form(name: name + ", wrapped CRLF", text: wrap(plain, at: 13, with: "\r\n"), own: own),
                    Form(name: name + ", wrapped and indented", text: wrap(plain, at: 16, with: "\n    "), own: own),
                    Form(name: name + ", wrapped in JSON", text: json(wrapped), own: own),
                ]
            }
        } + [
            Form(name: "base64 twice", text: Data(Data(value.utf8).base64EncodedString().utf8).base64EncodedString()),
            Form(
                name: "base64 of JSON", text: Data(#"{"k":"\#(jsonASCII(value))"}"#.utf8).base64EncodedString(),
                own: String(Data(#"{"k":"\#(jsonASCII(value))"}"#.utf8).base64EncodedString().dropFirst(8).dropLast(4))),
            Form(
                name: "Basic", text: "Basic " + Data("somebody:\(value)".utf8).base64EncodedString(),
                own: String(Data("somebody:\(value)".utf8).base64EncodedString().dropFirst(12))),
        ]
    }

    private static func hexadecimal(_ value: String) -> [Form] {
        let lower = Digest.hexadecimal(Array(value.utf8))
        let pairs = value.utf8.map { String(format: "%02x", $0) }
        return [
            Form(name: "hexadecimal", text: lower), Form(name: "hexadecimal, upper case", text: lower.uppercased()),
            Form(name: "hexadecimal at an odd place", text: "a" + lower + "b"),
            Form(name: "PostgreSQL's bytea", text: "\\x" + lower),
            Form(name: "pairs", text: pairs.joined(separator: " ")),
            Form(name: "pairs with colons", text: pairs.joined(separator: ":").uppercased()),
        ]
    }

    // MARK: Encoders

    static func percent(_ value: String, kept: String, upper: Bool = true, plus: Bool = false) -> String {
        value.utf8.map { byte in
            let character = Character(Unicode.Scalar(byte))
            if plus, byte == 0x20 { return "+" }
            if byte < 0x80, character.isLetter || character.isNumber || kept.contains(character) {
                return String(character)
            }
            return String(format: upper ? "%%%02X" : "%%%02x", byte)
        }.joined()
    }

    private static func legacyEscape(_ value: String) -> String {
        value.utf16.map { unit in
            unit < 0x100
                ? (Character(Unicode.Scalar(UInt8(unit))).isLetter && unit < 0x80
                    ? String(Unicode.Scalar(UInt8(unit)))
                    : unit < 0x80 ? String(format: "%%%02X", unit) : String(format: "%%u%04X", unit))
                : String(format: "%%u%04X", unit)
        }.joined()
    }

    static func json(_ text: String) -> String {
        String(decoding: (try? JSON.data(text)) ?? Data(), as: UTF8.self).dropFirst().dropLast().description
    }

    static func jsonASCII(_ value: String) -> String {
        value.utf16.map { unit -> String in
            unit < 0x80 ? json(String(decoding: [unit], as: UTF16.self)) : String(format: "\\u%04x", unit)
        }.joined()
    }

    private static func jsonAll(_ value: String, upper: Bool = false) -> String {
        value.utf16.map { String(format: upper ? "\\u%04X" : "\\u%04x", $0) }.joined()
    }

    private static func bytesEscaped(_ value: String, _ escape: (UInt8) -> String) -> String {
        value.utf8.map(escape).joined()
    }

    static func html(_ value: String) -> String {
        value.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
    }

    private static func htmlNames(_ value: String) -> String {
        let names: [Character: String] = [
            "&": "amp", "<": "lt", ">": "gt", "\"": "quot", "'": "apos", "/": "sol", "+": "plus", "=": "equals",
            "$": "dollar", "%": "percnt", "@": "commat", ":": "colon", "!": "excl", "#": "num", "(": "lpar",
            ")": "rpar",
            "*": "ast", ",": "comma", ".": "period", ";": "semi", "?": "quest", "[": "lsqb", "\\": "bsol", "]": "rsqb",
            "^": "Hat", "_": "lowbar", "`": "grave", "{": "lcub", "|": "vert", "}": "rcub", "ä": "auml", "é": "eacute",
        ]
        return value.unicodeScalars.map { names[Character($0)].map { "&\($0);" } ?? String($0) }.joined()
    }

    private static func wrap(_ text: String, at width: Int, with separator: String) -> String {
        stride(from: 0, to: text.count, by: width).map { String(text.dropFirst($0).prefix(width)) }
            .joined(separator: separator)
    }
}
