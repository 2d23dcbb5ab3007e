import AWSClient
import Foundation
import RunModel

/// The changes of a plan, as `terraform show -json` prints it: what is about to change, or has just been applied.
enum TerraformPlanChanges {
    /// - Throws: `AWSDocumentError` for text that is not JSON.
    static func read(_ bytes: [UInt8], at date: Date) throws(AWSDocumentError) -> [Change] {
        let plan = try JSONDocumentReader.read(bytes)
        guard case .list(let entries)? = plan["resource_changes"] else { return [] }
        return entries.compactMap { entry in
            guard let address = entry["address"]?.text, let change = entry["change"],
                case .list(let actionWords)? = change["actions"]
            else { return nil }
            let actions = actionWords.compactMap(\.text)
            guard actions != ["no-op"], actions != ["read"] else { return nil }
            let sensitive = sensitiveNames(change["before_sensitive"]).union(sensitiveNames(change["after_sensitive"]))
            let (before, after) = differences(change["before"], change["after"], hiding: sensitive)
            return Change(
                id: "terraform \(address)", origin: .terraform, kind: kind(entry["type"]?.text ?? ""), at: date,
                actor: "terraform", action: actions.joined(separator: " and "), resources: [address], before: before,
                after: after)
        }
    }

    private static func sensitiveNames(_ document: AWSDocument?) -> Set<String> {
        guard case .fields(let fields)? = document else { return [] }
        return Set(fields.filter { $0.value != .scalar("false") }.map(\.name))
    }

    private static func differences(
        _ before: AWSDocument?, _ after: AWSDocument?, hiding sensitive: Set<String>
    ) -> (before: [String: String], after: [String: String]) {
        var (old, new) = ([String: String](), [String: String]())
        var names: Set<String> = []
        for case .fields(let fields)? in [before, after] { names.formUnion(fields.map(\.name)) }
        for name in names {
            let (left, right) = (before?[name]?.text, after?[name]?.text)
            guard left != right else { continue }
            let isHidden = sensitive.contains(name) || HiddenValue.isSecret(name: name, value: right ?? left ?? "")
            if let left { old[name] = isHidden ? "‹hidden›" : left }
            if let right { new[name] = isHidden ? "‹hidden›" : right }
        }
        return (old, new)
    }

    private static func kind(_ type: String) -> Change.Kind {
        let kinds: [(String, Change.Kind)] = [
            ("aws_ecs_task_definition", .taskDefinition), ("aws_ecs", .service),
            ("aws_lb_listener_rule", .listenerRule),
            ("aws_lb_target_group", .targetGroup), ("aws_lb", .loadBalancer), ("aws_security_group", .securityGroup),
            ("aws_vpc_security_group", .securityGroup), ("aws_network_acl", .network), ("aws_route", .network),
            ("aws_subnet", .network), ("aws_db", .database), ("aws_secretsmanager", .secret),
            ("aws_elasticache", .cache), ("aws_service_discovery", .discovery), ("aws_iam", .identity),
            ("aws_s3", .bucket), ("aws_acm", .certificate), ("aws_ssm", .configuration), ("aws_ecr", .image),
        ]
        return kinds.first { type.hasPrefix($0.0) }?.1 ?? .other
    }
}
