import Foundation
import Synchronization

/// Replaces secrets in every byte that leaves the process, by placeholders that are named and stable.
///
/// Known values are found in the forms in which they travel: raw, with any of their characters escaped (percent, JSON, HTML;
/// see ``EscapedText``), and in base64 and base64url at each of the three alignments, which covers `Basic` credentials. Then
/// patterns find what nobody declared. Values shorter than ``shortestValue`` bytes are left alone: they would redact ordinary
/// words.
public final class Redactor: Sendable {
    /// The shortest value, in bytes, that is searched for.
    public static let shortestValue = 6

    private let forms: [Form]
    /// For each first byte, the indices of the forms that may begin with it, longest first.
    private let formsByFirstByte: [[Int]]
    private let counts = Mutex<[String: Int]>([:])

    private struct Form: Sendable {
        let bytes: [UInt8]
        let placeholder: [UInt8]
        let name: String
    }

    public init(_ secrets: [Secret]) {
        var forms: [Form] = []
        var seen: Set<[UInt8]> = []
        for secret in secrets {
            guard let value = secret.reveal(), value.utf8.count >= Self.shortestValue else { continue }
            for bytes in Self.travellingForms(of: value) where seen.insert(bytes).inserted {
                forms.append(Form(bytes: bytes, placeholder: Array(secret.placeholder.utf8), name: secret.name))
            }
        }
        self.forms = forms
        var table = [[Int]](repeating: [], count: 256)
        for (index, form) in forms.enumerated() {
            for byte in EscapedText.firstBytes(of: form.bytes) { table[Int(byte)].append(index) }
        }
        formsByFirstByte = table.map { indices in indices.sorted { forms[$0].bytes.count > forms[$1].bytes.count } }
    }

    /// How often each placeholder was written since the start, by name. Part of the bundle as `redaction.json`.
    public var replacements: [String: Int] { counts.withLock { $0 } }

    public func redact(_ text: String) -> String {
        String(decoding: redact(Array(text.utf8)), as: UTF8.self)
    }

    public func redact(_ bytes: [UInt8]) -> [UInt8] {
        var found: [String: Int] = [:]
        let known = replaceKnownValues(in: bytes, found: &found)
        let result = SecretPattern.replace(in: known, found: &found)
        if !found.isEmpty {
            counts.withLock { counts in counts.merge(found, uniquingKeysWith: +) }
        }
        return result
    }

    /// The names of the secrets that stand in the bytes in clear. Empty for bytes that went through ``redact(_:)-(String)``.
    public func leaks(in bytes: [UInt8]) -> [String] {
        var found: [String: Int] = [:]
        let known = replaceKnownValues(in: bytes, found: &found)
        _ = SecretPattern.replace(in: known, found: &found)
        return found.keys.sorted()
    }

    private func replaceKnownValues(in bytes: [UInt8], found: inout [String: Int]) -> [UInt8] {
        guard !forms.isEmpty else { return bytes }
        var result: [UInt8] = []
        var copiedTo = 0
        var position = 0
        bytes.withUnsafeBufferPointer { buffer in
            while position < buffer.count {
                let candidates = formsByFirstByte[Int(buffer[position])]
                // A run of backslashes was read as a whole at its first one; to read it again from each would be quadratic.
                if EscapedText.isInsideRun(buffer, position) {
                    position += 1
                } else if !candidates.isEmpty, let match = match(candidates, in: buffer, at: position) {
                    result.append(contentsOf: buffer[copiedTo..<position])
                    result.append(contentsOf: match.form.placeholder)
                    found[match.form.name, default: 0] += 1
                    position = match.end
                    copiedTo = position
                } else {
                    position += 1
                }
            }
        }
        guard copiedTo > 0 else { return bytes }
        result.append(contentsOf: bytes[copiedTo...])
        return result
    }

    private func match(
        _ candidates: [Int], in buffer: UnsafeBufferPointer<UInt8>, at position: Int
    ) -> (form: Form, end: Int)? {
        for index in candidates {
            if let end = EscapedText.end(of: forms[index].bytes, in: buffer, at: position) {
                return (forms[index], end)
            }
        }
        return nil
    }

    /// The byte strings in which a value may travel, before any escaping.
    static func travellingForms(of value: String) -> [[UInt8]] {
        let raw = Array(value.utf8)
        return [raw] + (0..<3).flatMap { base64Forms(of: raw, alignment: $0) }.filter { $0.count >= shortestValue }
    }

    /// The characters of the base64 text that depend on the value alone when it begins `alignment` bytes into a group.
    private static func base64Forms(of bytes: [UInt8], alignment: Int) -> [[UInt8]] {
        let padded = [UInt8](repeating: 0, count: alignment) + bytes
        let encoded = Array(Data(padded).base64EncodedString().utf8.filter { $0 != UInt8(ascii: "=") })
        let firstOwn = alignment == 0 ? 0 : alignment + 1
        // Six bits a character: the last character holds only bits of the value when the groups end with it.
        let wholeCharacters = padded.count * 8 / 6
        guard wholeCharacters - firstOwn >= shortestValue else { return [] }
        let own = Array(encoded[firstOwn..<wholeCharacters])
        let urlSafe = own.map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            default: byte
            }
        }
        return [own, urlSafe]
    }
}
