import AWSClient

/// Reads a bucket's policy for statements that let everyone in.
enum BucketPolicy {
    /// The name or number of a statement that allows something to everybody, without a condition that holds anybody back.
    static func publicStatement(in text: String) -> String? {
        guard let document = try? JSONDocumentReader.read(Array(text.utf8)), let statements = document["Statement"]
        else {
            return nil
        }
        let list: [AWSDocument]
        if case .list(let elements) = statements { list = elements } else { list = [statements] }
        for (index, statement) in list.enumerated() where statement["Effect"]?.text == "Allow" {
            guard isEverybody(statement["Principal"]), !isLimited(statement["Condition"]) else { continue }
            return "statement \(statement["Sid"]?.text ?? String(index + 1))"
        }
        return nil
    }

    private static func isEverybody(_ principal: AWSDocument?) -> Bool {
        switch principal {
        case .scalar("*"): true
        case .list(let elements): elements.contains(.scalar("*"))
        case .fields(let fields): fields.contains { $0.name == "AWS" && isEverybody($0.value) }
        default: false
        }
    }

    /// The keys whose fixed values make a statement not public (S3 user guide: the meaning of "public").
    private static let limitingKeys: Set<String> = [
        "aws:sourceip", "aws:vpcsourceip", "aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner",
        "aws:sourceaccount",
        "aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths", "aws:userid",
        "aws:sourceorgid",
        "aws:sourceorgpaths", "s3:x-amz-server-side-encryption-aws-kms-key-id", "s3:dataaccesspointarn",
        "s3:dataaccesspointaccount",
    ]

    private static func isLimited(_ condition: AWSDocument?) -> Bool {
        guard case .fields(let operators)? = condition else { return false }
        return operators.contains { test in
            // What says who is not meant leaves everybody else in.
            guard !test.name.contains("Not"), !test.name.hasPrefix("Null"), case .fields(let keys) = test.value else {
                return false
            }
            return keys.contains { key in
                limitingKeys.contains(key.name.lowercased()) && values(key.value).allSatisfy(isFixed)
            }
        }
    }

    private static func values(_ document: AWSDocument) -> [String] {
        if case .list(let elements) = document { return elements.map { $0.text ?? "*" } }
        return [document.text ?? "*"]
    }

    /// Whether a value leaves few: no wildcard for an account or an organisation, no range of half the internet.
    private static func isFixed(_ value: String) -> Bool {
        guard !value.isEmpty, value != "*", !value.contains("${"), value.contains(where: { !"*?".contains($0) }) else {
            return false
        }
        guard let slash = value.lastIndex(of: "/"), let bits = Int(value[value.index(after: slash)...]) else {
            return true
        }
        let network = value[..<slash]
        guard network.contains(".") || network.contains(":"), !network.hasPrefix("arn:") else { return true }
        return bits >= (network.contains(":") ? 32 : 8)
    }
}
