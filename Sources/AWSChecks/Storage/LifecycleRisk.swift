import AWSClient

/// The risk of lifecycle rules (contract §7.6): expiry within 30 days is high, Glacier within 7 days is medium.
enum LifecycleRisk {
    static func of(_ lifecycle: S3.Lifecycle) -> (message: String, expected: String, got: String)? {
        for rule in lifecycle.rule where rule.status == "Enabled" {
            let prefix = rule.filter?.prefix ?? rule.filter?.and?.prefix ?? rule.prefix ?? ""
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
}
