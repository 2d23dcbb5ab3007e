import Formats
import Foundation

extension Redactor {
    /// JSON with every text in it masked by itself, names of members included; what is between texts is left.
    ///
    /// A text without a backslash is masked where it stands; another one is decoded and, when something in it was masked, written
    /// again. So this finds what decoding the whole, masking text by text and encoding it again finds, without that work.
    public func masked(json bytes: [UInt8]) -> [UInt8] { masked(json: bytes, extent: .everything) }

    func masked(json bytes: [UInt8], extent: Extent) -> [UInt8] {
        bytes.withUnsafeBufferPointer { json in
            var result: [UInt8] = []
            var copied = 0
            JSONTexts.forEach(in: json) { range, isEscaped in
                let text = UnsafeBufferPointer(rebasing: json[range])
                guard let masked = isEscaped ? maskEscaped(text, extent) : mask(text, extent: extent)
                else { return }
                result.append(contentsOf: json[copied..<range.lowerBound])
                result.append(contentsOf: masked)
                copied = range.upperBound
            }
            guard copied > 0 else { return bytes }
            result.append(contentsOf: json[copied...])
            return result
        }
    }

    /// - Parameter text: what stands between the quotes.
    private func maskEscaped(_ text: UnsafeBufferPointer<UInt8>, _ extent: Extent) -> [UInt8]? {
        let quote = UInt8(ascii: "\"")
        guard let decoded = try? JSONDecoder().decode(String.self, from: Data([quote] + text + [quote])) else {
            return mask(text, extent: extent)
        }
        var utf8 = decoded
        guard let masked = utf8.withUTF8({ mask($0, extent: extent) }),
            let encoded = try? JSON.data(String(decoding: masked, as: UTF8.self))
        else { return nil }
        return Array(encoded.dropFirst().dropLast())
    }
}

/// The texts of a JSON document, without reading its structure.
private enum JSONTexts {
    /// - Parameter body: gets what stands between the quotes, and whether there is a backslash in it.
    static func forEach(in json: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>, Bool) -> Void) {
        var position = 0
        while position < json.count {
            guard json[position] == UInt8(ascii: "\"") else {
                position += 1
                continue
            }
            let start = position + 1
            var end = start
            var isEscaped = false
            while end < json.count, json[end] != UInt8(ascii: "\"") {
                if json[end] == UInt8(ascii: "\\") {
                    isEscaped = true
                    end += 1
                }
                end += 1
            }
            end = min(end, json.count)
            if end > start { body(start..<end, isEscaped) }
            position = end + 1
        }
    }
}
