import Foundation
import RunModel

/// What checks must fail on: a table of `Tests/FailingCases`, every line of which a test puts to its check. `ci/untested-checks` counts them.
public enum FailingCases {
    /// - Parameter name: `planted-account` or `scripted-answers`.
    public static func read<Table: Decodable>(_ type: Table.Type, from name: String) throws -> Table {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../FailingCases/\(name).json")
        return try JSONDecoder().decode(type, from: Data(contentsOf: file.standardized))
    }
}

extension Outcome {
    /// All that a failure says, for a test: message, expectation and observation.
    public var told: String {
        guard case .failed(let mismatch) = self else { return message }
        return "\(mismatch.message) | \(mismatch.expected) | \(mismatch.got)"
    }

    /// Whether the check failed, and for the right reason. `ci/untested-checks` counts the ids that are written out in a call.
    ///
    /// - Parameter words: of the failure's message, expectation or observation.
    public func isFailure(of id: CheckID, saying words: String) -> Bool { status == .failed && told.contains(words) }
}
