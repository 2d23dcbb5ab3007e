import Foundation
import RunModel

/// The checks that must fail, by what they are put to: a file of `Tests/FailingCases`. `ci/untested-checks` counts what stands there, and a
/// test holds every line of it.
public enum FailingCases {
    /// - Parameter name: `wrong-systems`, `planted-account` or `scripted-answers`.
    public static func read(_ name: String) throws -> [String: [CheckID]] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../FailingCases/\(name).json")
        let cases = try JSONDecoder().decode([String: [String]].self, from: Data(contentsOf: file.standardized))
        return cases.mapValues { $0.map { CheckID($0) } }
    }
}
