import Foundation
import Secrets
import Testing

@Suite struct RedactorTests {
    @Test("a value is found in every form in which it travels, wherever it stands", arguments: Canaries.values)
    func travellingForms(value: String) {
        let redactor = Redactor([Secret(name: "c", source: .environment("C"), value: value)])
        for form in TravellingForms.all(of: value) {
            for (before, after) in [("", ""), ("before ", " after"), ("{\"k\":\"", "\"}"), ("x=", "&y=1"), ("(", ")")] {
                let redacted = redactor.masked(before + form.text + after)
                let rest = redacted.replacing("‹secret:c›", with: "\u{0}")
                #expect(
                    redacted.contains("‹secret:c›") && Self.leaves(form, in: rest) < 8,
                    "\(form.name) in \(before)…\(after): \(form.text.debugDescription) became \(redacted.debugDescription)"
                )
                #expect(redacted.hasPrefix(before) && redacted.hasSuffix(after), "\(form.name): \(redacted)")
            }
            #expect(redactor.leaks(in: Array(form.text.utf8)) == ["c"], "\(form.name)")
            #expect(redactor.leaks(in: Array(redactor.masked(form.text).utf8)).isEmpty, "\(form.name)")
        }
    }

    /// How many characters of the value a text still shows in this form, without a gap.
    static func leaves(_ form: TravellingForms.Form, in text: String) -> Int {
        guard let own = form.own else { return longestPiece(of: form.text, in: text) / form.width }
        // Base64 shows six bits a character.
        return longestPiece(of: own, in: text.filter { !$0.isWhitespace }) * 6 / 8
    }

    /// How many bytes of one text stand in another without a gap.
    static func longestPiece(of form: String, in text: String) -> Int {
        let form = Array(form.utf8)
        let text = Array(text.utf8)
        var longest = 0
        var row = [Int](repeating: 0, count: text.count + 1)
        for byte in form {
            var diagonal = 0
            for index in text.indices {
                let next = text[index] == byte ? diagonal + 1 : 0
                diagonal = row[index + 1]
                row[index + 1] = next
                longest = max(longest, next)
            }
        }
        return longest
    }

    @Test("all canaries at once: none hides another")
    func together() {
        let redactor = Redactor(
            Canaries.values.enumerated().map { Secret(name: "c\($0)", source: .environment("C"), value: $1) })
        for value in Canaries.values {
            for form in TravellingForms.all(of: value) {
                let rest = redactor.masked("a " + form.text + " b")
                #expect(Self.leaves(form, in: rest) < 8, "\(form.name): \(rest)")
            }
        }
    }

    @Test("a value of a file is found with and without its line break")
    func trimmed() {
        let redactor = Redactor([Secret(name: "f", source: .file("f"), value: "  value-of-a-file\n")])
        #expect(redactor.masked("<value-of-a-file>") == "<‹secret:f›>")
        #expect(redactor.masked("value-of-a-file\n") == "‹secret:f›\n")
        let encoded = Data("user:value-of-a-file\n".utf8).base64EncodedString()
        #expect(redactor.masked(encoded).contains("‹secret:f›"))
    }

    @Test("a line of a value of several lines, and a secret field of one that is JSON, are secrets by themselves")
    func parts() {
        let redactor = Redactor([
            Secret(name: "pem", source: .file("k"), value: Canaries.values[Canaries.values.count - 1]),
            Secret(
                name: "json", source: .file("j"),
                value: #"{"host": "database.internal", "password": "Xy7!canary", "port": 5432}"#),
        ])
        #expect(redactor.masked("line AbCdEfGh0123456789+/ alone") == "line ‹secret:pem› alone")
        #expect(redactor.masked("Xy7!canary at database.internal") == "‹secret:json› at database.internal")
    }

    // MARK: Cuts

    @Test(
        "a piece of eight characters or more at a border is masked",
        arguments: Canaries.values.filter { $0.utf8.count >= 12 })
    func borders(value: String) {
        let redactor = Redactor([Secret(name: "c", source: .environment("C"), value: value)])
        let trimmed = value.trimmingCharacters(in: .whitespacesAndNewlines)
        for length in 8..<trimmed.count where length % 3 == 0 || length < 12 {
            let beginning = String(trimmed.prefix(length))
            let end = String(trimmed.suffix(length))
            for text in [
                "got \(beginning)", "got \(beginning)…", "got \(beginning)...", "got \(beginning)… and more",
                "got \(beginning)\n… 12 bytes left out …\n", "\(end) went on", "… 12 bytes left out …\n\(end) went on",
                "…\(end)", "...\(end)|",
            ] {
                let rest = redactor.masked(text).replacing("‹secret:c›", with: "\u{0}")
                #expect(
                    RedactorTests.longestPiece(of: trimmed, in: rest) < 8 + 4,
                    "\(text.debugDescription) became \(rest.debugDescription)")
            }
        }
    }

    @Test("a text may end with words of the configuration, though a password begins with them")
    func vocabulary() {
        let redactor = Redactor(
            [Secret(name: "p", source: .environment("P"), value: "hokusai-production-x7Gh")],
            vocabulary: ["hokusai", "production"])
        #expect(redactor.masked("the cluster is hokusai-production") == "the cluster is hokusai-production")
        #expect(redactor.masked("hokusai-production-x7Gh") == "‹secret:p›")
        #expect(redactor.masked("hokusai-production-x7…") == "‹secret:p›…")
    }

    @Test("secrets are masked before a text is cut, at whatever place the cut falls")
    func excerpts() {
        let value = "Zq83mVx0Lw27TyAb-99"
        let redactor = Redactor([Secret(name: "c", source: .environment("C"), value: value)])
        redactor.use {
            for offset in 0..<80 {
                let text = String(repeating: "x", count: offset) + value + String(repeating: "y", count: 200)
                #expect(!text.excerpt(60).contains("Zq83"))
                #expect(!text.excerptOfEnd(200).contains("b-99"))
                #expect(text.excerpt(60).count <= 61)
            }
        }
    }

    @Test("a value is found across the border of two chunks")
    func chunks() {
        let value = "chunk-border-canary-0123456789"
        let redactor = Redactor([Secret(name: "c", source: .environment("C"), value: value)])
        let size = 4 << 20
        for offset in [size - (64 << 10) - 40, size - (64 << 10) - 3, size - (64 << 10), size - 17, size - 1, size] {
            for form in [value, TravellingForms.percent(value, kept: ""), Data(value.utf8).base64EncodedString()] {
                var text = [UInt8](repeating: UInt8(ascii: " "), count: size + 1000)
                text.replaceSubrange(offset..<offset, with: form.utf8)
                let masked = redactor.masked(text)
                #expect(masked.count == text.count - form.utf8.count + "‹secret:c›".utf8.count, "\(offset)")
            }
        }
    }

    // MARK: What is left

    @Test("what holds no secret is left byte for byte")
    func untouched() {
        let redactor = Redactor([Secret(name: "c", source: .environment("C"), value: "pä$$ w/rd+\"x\\y")])
        let text =
            "GET /health?x=%41+%zz 200 {\"a\\\\b\":\"\\u00e9\"} 100% & \\ äöü https://host:80/path user@host -----BEGIN CERTIFICATE-----"
        #expect(redactor.masked(text) == text)
        let binary = (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 3) }
        #expect(redactor.masked(binary) == binary)
        #expect(redactor.masked([UInt8]()) == [])
        #expect(redactor.replacements.isEmpty)
    }

    @Test("placeholders are stable: masking twice changes nothing, and the same value has the same name")
    func stable() {
        let value = "pä$$ w/rd+\"x\\y"
        let redactor = Redactor([Secret(name: "db", source: .environment("P"), value: value)])
        let once = redactor.masked("a \(value) b \(value)")
        #expect(once == "a ‹secret:db› b ‹secret:db›")
        #expect(redactor.masked(once) == once)
        #expect(redactor.replacements == ["db": 2])
        let twins = Redactor([
            Secret(name: "first", source: .environment("A"), value: "same-value"),
            Secret(name: "second", source: .environment("B"), value: "same-value"),
        ])
        #expect(twins.masked("same-value") == "‹secret:first›")
    }

    @Test("of two values of which one begins with the other, the longer is masked whole")
    func overlapping() {
        let redactor = Redactor([
            Secret(name: "short", source: .environment("A"), value: "abcdefgh"),
            Secret(name: "long", source: .environment("B"), value: "abcdefgh-and-more"),
        ])
        #expect(redactor.masked("abcdefgh-and-more abcdefgh") == "‹secret:long› ‹secret:short›")
    }

    @Test("values of four or five bytes count where they stand alone, shorter ones and those without a value never")
    func short() {
        let redactor = Redactor([
            Secret(name: "four", source: .environment("A"), value: "x4zq"),
            Secret(name: "three", source: .environment("A"), value: "abc"),
            Secret(name: "open", source: .environment("B")),
        ])
        #expect(redactor.masked("abc x4zq ax4zq x4zqb \"x4zq\"") == "abc ‹secret:four› ax4zq x4zqb \"‹secret:four›\"")
    }

    @Test("a secret that is learnt is masked from then on, and its name counted")
    func learning() {
        let redactor = Redactor([])
        #expect(redactor.masked("made-by-the-run-1") == "made-by-the-run-1")
        redactor.learn("made-by-the-run-1", as: "temporary-key")
        #expect(redactor.masked("a made-by-the-run-1") == "a ‹secret:temporary-key›")
        #expect(redactor.replacements == ["temporary-key": 1])
    }

    @Test("text for a writer passes the redactor of the task, and of the process where there is none")
    func current() async {
        let redactor = Redactor([Secret(name: "c", source: .environment("C"), value: "task-local-canary")])
        let value = "task-local-canary"
        await redactor.use {
            let text: RedactedText = "said \(value)"
            #expect(text.text == "said ‹secret:c›")
            async let child: RedactedText = "\(value)"
            #expect(await child.text == "‹secret:c›")
        }
        let text: RedactedText = "said \(value)"
        #expect(text.text == "said task-local-canary")
    }
}
