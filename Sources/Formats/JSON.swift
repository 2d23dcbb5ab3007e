import Foundation

/// The one way JSON is written and read: sorted keys, ISO 8601 moments with milliseconds, no escaped slashes.
public enum JSON {
    /// Compact, on one line.
    public static func data(_ value: some Encodable) throws -> Data { Data(try bytes(value)) }

    /// The same as bytes.
    public static func bytes(_ value: some Encodable) throws -> [UInt8] {
        [UInt8](try encoder(pretty: false).encode(value))
    }

    /// Indented, for files that people open; ends with a newline.
    public static func prettyData(_ value: some Encodable) throws -> Data { Data(try prettyBytes(value)) }

    /// The same as bytes.
    public static func prettyBytes(_ value: some Encodable) throws -> [UInt8] {
        [UInt8](try encoder(pretty: true).encode(value)) + [UInt8(ascii: "\n")]
    }

    public static func text(_ value: some Encodable) throws -> String {
        String(decoding: try bytes(value), as: UTF8.self)
    }

    /// Reads a document.
    ///
    /// - Parameter largestCount: the most values that it may have, for documents of others.
    /// - Throws: `DecodingError`, also for a text that is nested deeper than 128 levels.
    public static func decode<Value: Decodable>(
        _ type: Value.Type, from data: Data, largestCount: Int = .max
    ) throws -> Value {
        func refusal(_ text: String) -> DecodingError {
            .dataCorrupted(.init(codingPath: [], debugDescription: text))
        }
        let weight = JSONWeight(of: data)
        if weight.depth > JSONWeight.largestDepth {
            throw refusal("nested deeper than \(JSONWeight.largestDepth) levels")
        }
        if weight.values > largestCount { throw refusal("more than \(largestCount) values") }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let container = try decoder.singleValueContainer()
            let text = try container.decode(String.self)
            guard let date = Timestamp.date(text) else {
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "not an ISO 8601 moment: \(text)")
            }
            return date
        }
        return try decoder.decode(type, from: data)
    }

    private static func encoder(pretty: Bool) -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            pretty ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted] : [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(Timestamp.text(date))
        }
        return encoder
    }
}
