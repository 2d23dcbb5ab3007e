/// The names under which AWS knows one resource, brought to one form: an ARN, an id, and the short name of both.
///
/// `arn:aws:ecs:eu-west-3:1:service/main/api` becomes `ecs:service/main/api`, `sg-0a1b2c3d` stays as it is. What AWS adds at random
/// (the end of a secret's ARN, the ids of a load balancer, a revision) is left out, so that a name and its ARN are the same.
public enum ResourceName {
    /// - Parameter text: an ARN, or an id of EC2.
    /// - Returns: nil for what is neither.
    public static func canonical(_ text: some StringProtocol) -> String? {
        if text.hasPrefix("arn:") {
            let parts = String(text).split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map(
                String.init)
            guard parts.count == 6, !parts[2].isEmpty, !parts[5].isEmpty else { return nil }
            return name(service: parts[2], resource: parts[5])
        }
        return isIdentifier(text) ? String(text) : nil
    }

    /// The form of a resource that is named by service and path, such as `rds` and `db:main`.
    public static func name(service: String, resource: String) -> String {
        let path = resource.split(separator: "/").map(String.init)
        switch (service, path.first ?? "") {
        case ("elasticloadbalancing", "loadbalancer") where path.count >= 3:
            return "elasticloadbalancing:loadbalancer/\(path[path.count - 2])"
        case ("elasticloadbalancing", "targetgroup") where path.count >= 2:
            return "elasticloadbalancing:targetgroup/\(path[1])"
        case ("secretsmanager", _):
            return "secretsmanager:" + withoutSecretSuffix(resource)
        case ("ecs", "task-definition"):
            return "ecs:" + String(resource.split(separator: ":").first ?? "")
        case ("logs", _):
            return "logs:" + (resource.hasSuffix(":*") ? String(resource.dropLast(2)) : resource)
        case ("iam", "role"), ("iam", "user"):
            return "iam:\(path[0])/\(path.last ?? "")"
        default: return "\(service):\(resource)"
        }
    }

    /// The listener's and the rule's own load balancer, by `listener/app/NAME/…`.
    public static func loadBalancer(ofListener canonical: String) -> String? {
        let path = canonical.split(separator: "/").map(String.init)
        guard path.count >= 3, path[0].hasPrefix("elasticloadbalancing:listener") else { return nil }
        return path[2]
    }

    /// `sg-0a1b2c3d4e5f60718`, `vpce-…`, `nat-…`: a prefix and 8 or 17 hexadecimal digits.
    private static func isIdentifier(_ text: some StringProtocol) -> Bool {
        guard let hyphen = text.lastIndex(of: "-") else { return false }
        let digits = text[text.index(after: hyphen)...].utf8
        return (8...17).contains(digits.count) && identifiers.contains(String(text[..<hyphen]))
            && digits.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    private static let identifiers: Set<String> = [
        "sg", "sgr", "subnet", "rtb", "acl", "vpc", "vpce", "nat", "igw", "eigw", "eni", "pl", "tgw", "pcx", "i",
        "eipalloc",
    ]

    /// Secrets Manager adds a hyphen and six letters or digits to the name of a secret.
    private static func withoutSecretSuffix(_ resource: String) -> String {
        // A reference may go on with a field, a stage and a version.
        let parts = resource.split(separator: ":", omittingEmptySubsequences: false).prefix(2).joined(separator: ":")
        let bytes = Array(parts.utf8)
        guard bytes.count > 7, bytes[bytes.count - 7] == UInt8(ascii: "-"),
            bytes.suffix(6).allSatisfy({ (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) })
        else { return parts }
        return String(decoding: bytes.dropLast(7), as: UTF8.self)
    }

    /// Every ARN and id that a text names, in its order, each once.
    public static func all(in text: String) -> [String] {
        var found: [String] = []
        // Longer texts are documents; what is named first is what they are about.
        for word in text.excerptWords {
            if let name = canonical(word), !found.contains(name) { found.append(name) }
        }
        return found
    }
}

extension String {
    /// Words without the punctuation around them: at most a thousand.
    fileprivate var excerptWords: [Substring] {
        split(maxSplits: 1000) { $0.isWhitespace || "()[]{}<>\"'`,;=".contains($0) }.map { word in
            var word = word
            while let last = word.last, ":.!?".contains(last) { word.removeLast() }
            return word
        }
    }
}
