import Formats
import Foundation
import Secrets
import TestSupport
import Testing

/// Fast ways against slow ones, over texts made by chance. The seed is printed.
@Suite struct DifferentialTests {
    private static let values = Canaries.values.enumerated().filter { $0.offset % 3 == 0 }.map(\.element)
    private let redactor = Redactor(
        Self.values.enumerated().map { Secret(name: "c\($0)", source: .environment("C"), value: $1) })

    /// A text of words, controls, escapes and secrets in some form, whole or in pieces.
    private func text(_ random: inout SplitMix, _ forms: [[TravellingForms.Form]]) -> String {
        let words = [
            "status", " ", "=", "\n", "\t", "\\", "\"", "%", "&", "…", "password=hunter2x", "hk_live_0123456789abcdef",
            "http://u:p4ss@h/", "{\"a\":1}", "äöü", "😀", "\u{0}", "\u{1F}", "/", "-----BEGIN PRIVATE KEY-----\nMIIE",
            "Bearer q1w2e3r4t5y6u7i8", "\u{2028}", "'", "<&>",
        ]
        return (0..<Int.random(in: 1...6, using: &random)).map { _ -> String in
            switch Int.random(in: 0..<3, using: &random) {
            case 0:
                let form = forms.randomElement(using: &random)?.randomElement(using: &random)?.text ?? ""
                return Bool.random(using: &random)
                    ? form : String(form.prefix(Int.random(in: 0...form.count, using: &random)))
            default: return words.randomElement(using: &random) ?? ""
            }
        }.joined()
    }

    private func value(_ random: inout SplitMix, _ forms: [[TravellingForms.Form]], depth: Int = 0) -> JSONValue {
        switch Int.random(in: 0..<(depth > 2 ? 4 : 6), using: &random) {
        case 0: .integer(Int64.random(in: -1000...1000, using: &random))
        case 1, 2, 3: .string(text(&random, forms))
        case 4: .array((0..<Int.random(in: 0...3, using: &random)).map { _ in value(&random, forms, depth: depth + 1) })
        default:
            .object(
                Dictionary(
                    (0..<Int.random(in: 0...3, using: &random)).map { _ in
                        (text(&random, forms), value(&random, forms, depth: depth + 1))
                    }
                ) { first, _ in first })
        }
    }

    @Test("JSON masked where it stands is what decoding, masking text by text and encoding gives")
    func json() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed of the differential test of JSON: \(seed)")
        var random = SplitMix(seed: seed)
        let forms = Self.values.map(TravellingForms.all)
        var masked = 0
        for _ in 0..<3000 {
            let value = value(&random, forms)
            let data = try JSON.data(value)
            let fast = try JSON.decode(JSONValue.self, from: Data(redactor.masked(json: [UInt8](data))))
            // What is decoded is what is compared: a name that occurs twice after masking is kept once.
            let slow = try JSON.decode(
                JSONValue.self, from: JSON.data(value.mapTexts { redactor.masked($0) }))
            #expect(Self.sorted(fast) == Self.sorted(slow), "seed \(seed): \(String(decoding: data, as: UTF8.self))")
            if fast != value { masked += 1 }
        }
        #expect(masked > 500)
    }

    /// Names that were masked to the same name leave one of their values, and which one is of no importance.
    private static func sorted(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let elements): .array(elements.map(sorted))
        case .object(let members):
            .object(
                Dictionary(
                    uniqueKeysWithValues: members.map {
                        ($0.key, $0.key.contains("‹secret:") ? .null : sorted($0.value))
                    }))
        default: value
        }
    }

    @Test("a text is masked the same whether it stands alone, in a chunk or behind another text's end")
    func surroundings() {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed of the differential test of surroundings: \(seed)")
        var random = SplitMix(seed: seed)
        for _ in 0..<300 {
            let value = Self.values.randomElement(using: &random) ?? ""
            let form = TravellingForms.all(of: value).randomElement(using: &random)
            let text = form?.text ?? ""
            let alone = redactor.masked("| " + text + " |")
            let padding = String(repeating: "| ", count: Int.random(in: 1...2000, using: &random))
            let long = redactor.masked(padding + "| " + text + " |" + padding)
            #expect(long == padding + alone + padding, "seed \(seed): \(form?.name ?? "")")
        }
    }
}
