import CheckKit
import RunModel
import Settings

/// A call of the AWS command line whose answer tells whether a problem is still there.
public struct AWSQuestion: Sendable, Hashable {
    /// Service, operation and arguments, each a word.
    var words: [String]
    /// JMESPath over the answer: true when all is well. Nil where any answer is a good one.
    var holds: String?
    /// Codes of errors with which AWS says that what is looked for is not there.
    var absences: [String] = []
    /// Where it is asked; nil for the configured region.
    var region: String?

    init(_ words: [String], holds: String?, absences: [String] = [], region: String? = nil) {
        self.words = words
        self.holds = holds
        self.absences = absences
        self.region = region
    }

    /// The question as plain tools ask it. The credentials are those that the AWS command line finds.
    func verification(_ settings: AWSSettings) -> Verification {
        var all = ["aws", "--region", region ?? settings.region]
        if let endpoint = settings.endpointURL { all += ["--endpoint-url", endpoint] }
        all += words
        var repaired = [Verification.Condition.exit([0])]
        var fault = absences.map { Verification.Condition.contains("(\($0))") }
        if let holds {
            all += ["--query", "\(holds) && `\"\(Self.well)\"` || `\"\(Self.wrong)\"`", "--output", "text"]
            repaired.append(.contains(Self.well))
            fault.append(.contains(Self.wrong))
        }
        return Verification(
            .aws, all.map(Self.quoted).joined(separator: " "), fault: fault, repaired: repaired)
    }

    // Two words that stand in no error of AWS, and neither of them in the other.
    private static let well = "holds-now"
    private static let wrong = "does-not-hold"

    private static func quoted(_ word: String) -> String {
        let isPlain = word.allSatisfy {
            $0.isASCII && ($0.isLetter || $0.isNumber || "-_.:/@=+,".contains($0))
        }
        return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }

    /// A text within JMESPath.
    static func literal(_ text: String) -> String {
        let quoted = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("`", with: "\\`")
        return "`\"\(quoted)\"`"
    }
}
