import AWSClient

/// Reads a bucket's policy for statements that let everyone in.
enum BucketPolicy {
    /// The name or number of a statement that allows something to everybody without a condition.
    static func publicStatement(in text: String) -> String? {
        guard let document = try? JSONDocumentReader.read(Array(text.utf8)), let statements = document["Statement"]
        else {
            return nil
        }
        let list: [AWSDocument]
        if case .list(let elements) = statements { list = elements } else { list = [statements] }
        for (index, statement) in list.enumerated() where statement["Effect"]?.text == "Allow" {
            guard statement["Condition"] == nil, isEverybody(statement["Principal"]) else { continue }
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
}
