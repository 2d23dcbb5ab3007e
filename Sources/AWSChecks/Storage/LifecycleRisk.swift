import AWSClient

/// The risk of lifecycle rules: expiry within 30 days is high, Glacier within 7 days is medium.
enum LifecycleRisk {
    /// - Parameter holdsArtifacts: whether MLflow's artifacts lie in the bucket. In another one, a rule for a part of it is a choice of its
    ///   owner's.
    static func of(
        _ lifecycle: S3.Lifecycle, holdsArtifacts: Bool = true
    ) -> (message: String, expected: String, got: String)? {
        for rule in lifecycle.rule where rule.status == "Enabled" {
            let prefix = rule.filter?.prefix ?? rule.filter?.and?.prefix ?? rule.prefix ?? ""
            guard !rule.isLimitedByTag, !isScratch(prefix), holdsArtifacts || prefix.isEmpty else { continue }
            let name = "rule \(rule.id ?? "without a name") for \(prefix.isEmpty ? "all objects" : prefix)"
            if let days = rule.expiration?.days, days <= 30 {
                return ("high risk: \(name) removes objects after \(days) days", "more than 30 days", "\(days) days")
            }
            for transition in rule.transition where ["GLACIER", "DEEP_ARCHIVE"].contains(transition.storageClass ?? "")
            {
                if let days = transition.days, days <= 7 {
                    return (
                        "medium risk: \(name) moves objects to \(transition.storageClass ?? "") after \(days) days",
                        "more than 7 days", "\(days) days"
                    )
                }
            }
        }
        return nil
    }

    /// Whether a prefix is that of files which nobody keeps.
    private static func isScratch(_ prefix: String) -> Bool {
        let words = prefix.lowercased().split { !($0.isLetter || $0.isNumber) }
        return words.contains { ["tmp", "temp", "scratch", "cache", "staging", "logs", "plumbline"].contains($0) }
    }
}

extension S3.Lifecycle.Rule {
    /// Whether the rule is for objects that somebody marked.
    fileprivate var isLimitedByTag: Bool {
        filter?.tag != nil || filter?.and?.tag?.isEmpty == false
    }
}
