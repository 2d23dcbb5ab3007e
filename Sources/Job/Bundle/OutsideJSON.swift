import Formats
import Foundation

/// Reads JSON files that come with a bundle or a state directory, and looks at what they ask of a decoder before it decodes them.
enum OutsideJSON {
    /// Of a file, in bytes.
    static let largestFile = 32 << 20
    /// Of what a run wrote down to be undone, in bytes: a hundred thousand changes.
    static let largestHistory = 16 << 20
    private static let limits = JournalLimits.untrusted

    static func decode<Value: Decodable>(_ type: Value.Type, from url: URL) throws -> Value {
        let data = try data(of: url)
        return try JSON.decode(type, from: data)
    }

    /// The bytes of a file that may be decoded.
    ///
    /// - Parameter largest: the most that it may hold, in bytes.
    static func data(of url: URL, largest: Int = largestFile) throws -> Data {
        let data = try Data(contentsOf: url, options: .mappedIfSafe)
        guard data.count <= largest else {
            throw OutsideJSONError("it has \(data.count >> 20) MiB, \(largest >> 20) are allowed")
        }
        let weight = JSONWeight(of: data)
        guard weight.values <= limits.values, weight.depth <= limits.depth, weight.width <= limits.width else {
            throw OutsideJSONError(
                "it holds \(weight.values) values, \(weight.width) in a list or object, \(weight.depth) deep in one another; "
                    + "\(limits.values), \(limits.width) and \(limits.depth) are allowed")
        }
        return data
    }
}

/// Why a JSON file from outside was not decoded.
public struct OutsideJSONError: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
