import RunModel

/// Puts the names of what failed in place of the placeholders of a command: a command to paste needs no editing.
struct FixCommand {
    private let named: Set<Component>
    private let cluster: String?

    /// - Parameters:
    ///   - named: what the failing check names.
    ///   - target: what the run tests, by name, as the run's header has it.
    init(named: Set<Component>, target: [String: String]) {
        self.named = named
        // `eu-west-1 main-cluster at http://…`
        cluster = target["aws"]?.split(separator: " ").dropFirst().first.map(String.init)
    }

    /// Options by the kind of what they take.
    private static let options: [String: Component.Kind] = [
        "--bucket": .bucket, "--service": .ecsService, "--services": .ecsService, "--cluster": .cluster,
        "--db-instance-identifier": .databaseInstance, "--secret-id": .secret, "--log-group-name": .logGroup,
        "--replication-group-id": .cache, "--group-id": .securityGroup, "--target-group-arn": .targetGroup,
        "--load-balancer-arn": .loadBalancer, "--certificate-arn": .certificate,
    ]

    /// The command with every placeholder filled that only one name fits.
    func filled(_ command: String) -> String {
        var words = command.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        for index in words.indices {
            if words[index] == "s3://BUCKET", let name = name(.bucket) { words[index] = "s3://\(name)" }
            guard index > 0, Self.isPlaceholder(words[index]), let kind = Self.options[words[index - 1]] else {
                continue
            }
            words[index] = argument(kind) ?? words[index]
        }
        return words.joined(separator: " ")
    }

    private func argument(_ kind: Component.Kind) -> String? {
        guard let name = name(kind) else { return nil }
        // Their ARNs end in digits that no check names.
        switch kind {
        case .targetGroup:
            return
                "\"$(aws elbv2 describe-target-groups --names \(name) --query 'TargetGroups[0].TargetGroupArn' --output text)\""
        case .loadBalancer:
            return
                "\"$(aws elbv2 describe-load-balancers --names \(name) --query 'LoadBalancers[0].LoadBalancerArn' --output text)\""
        default: return name
        }
    }

    /// The only plain name of a kind.
    private func name(_ kind: Component.Kind) -> String? {
        var names = Set(named.filter { $0.kind == kind }.map(\.name)).filter(Self.isPlain)
        // A certificate is called by its ARN and by the end of it.
        if kind == .certificate { names = names.filter { $0.hasPrefix("arn:") } }
        if kind == .cluster, names.isEmpty, let cluster, Self.isPlain(cluster) { return cluster }
        return names.count == 1 ? names.first : nil
    }

    /// `SERVICE`, `TARGET_GROUP`, `"$SERVICE"`.
    private static func isPlaceholder(_ word: String) -> Bool {
        word.wholeMatch(of: #/"?\$?[A-Z][A-Z_]+"?/#) != nil
    }

    /// Names come from outside: one that a shell could read as more than a word is in no command.
    private static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && !name.hasPrefix("-")
            && name.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || "-_./:".utf8.contains(byte)
            }
    }
}
