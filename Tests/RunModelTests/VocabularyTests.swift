import Formats
import RunModel
import TestSupport
import Testing

@Suite struct VocabularyTests {
    @Test(
        "patterns match as a shell's do, whatever the case",
        arguments: [
            ("CB-*", "CB-05", true), ("cb-*", "CB-05", true), ("CB-0?", "CB-05", true), ("CB-0?", "CB-0", false),
            ("*", "", true), ("*", "anything", true), ("", "", true), ("", "a", false), ("?", "", false),
            ("*-02", "AWS-ALB-02", true), ("A*B*C", "AxxBxxC", true), ("A*B*C", "AxxCxxB", false),
            ("**", "ab", true), ("a*a", "a", false), ("AWS-*-02", "AWS-ALB-03", false), ("CB-05", "CB-055", false),
            ("*.*", "ab", false), ("[A]", "A", false),
        ])
    func globs(pattern: String, text: String, matches: Bool) {
        #expect(GlobPattern(pattern).matches(text) == matches)
        #expect(CheckID(text).matches(pattern) == matches)
    }

    @Test("a pattern matches exactly what the same pattern of the plain definition matches")
    func globProperty() {
        func plain(_ pattern: ArraySlice<Character>, _ text: ArraySlice<Character>) -> Bool {
            guard let first = pattern.first else { return text.isEmpty }
            if first == "*" {
                return plain(pattern.dropFirst(), text) || (!text.isEmpty && plain(pattern, text.dropFirst()))
            }
            return !text.isEmpty && (first == "?" || first == text.first)
                && plain(pattern.dropFirst(), text.dropFirst())
        }
        let seed = UInt64.random(in: 0 ... .max)
        print("seed of the pattern test: \(seed)")
        var random = SplitMix(seed: seed)
        for _ in 0..<5000 {
            let pattern = (0..<Int.random(in: 0...7, using: &random)).map { _ in
                "ab*?".randomElement(using: &random) ?? "a"
            }
            let text = (0..<Int.random(in: 0...8, using: &random)).map { _ in "ab".randomElement(using: &random) ?? "a"
            }
            #expect(
                GlobPattern(String(pattern)).matches(String(text)) == plain(pattern[...], text[...]),
                "\(String(pattern)) on \(String(text)), seed \(seed)")
        }
    }

    @Test("a pattern of many stars on a long text ends")
    func hostileGlob() {
        let pattern = String(repeating: "a*", count: 40) + "b"
        #expect(!GlobPattern(pattern).matches(String(repeating: "a", count: 4000)))
    }

    @Test("a phase is found by its number and its name, and by nothing else")
    func phases() {
        for phase in Phase.allCases {
            #expect(Phase(text: phase.name) == phase && Phase(text: String(phase.rawValue)) == phase)
        }
        for text in ["0", "6", "", "Setup", "core", "1 "] { #expect(Phase(text: text) == nil) }
        #expect(Phase.handOff.stateFile == "state/5-handoff.json")
    }
}
