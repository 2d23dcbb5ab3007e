import AWSClient
import Formats
import Foundation
import RunModel
import Secrets

/// The changes of a plan, as `terraform show -json` prints it: what is about to change, what was just applied, and what
/// somebody changed beside Terraform (`resource_drift`).
enum TerraformPlanChanges {
    /// Larger files are no plans.
    private static let largestFile = 16 << 20

    /// The changes of a file, or why there are none. A plan without a moment of its own counts from when it was written.
    static func read(file: String) -> (changes: [Change], gap: String?) {
        let place = "Terraform plan \(file)"
        let data: Data
        do throws(OutsideFileError) {
            data = try OutsideFile.bytes(of: file, limit: largestFile)
        } catch {
            return ([], "\(place) \(error.reason)")
        }
        let attributes = try? FileManager.default.attributesOfItem(atPath: file)
        let written = attributes?[.modificationDate] as? Date ?? .distantPast
        do throws(AWSDocumentError) {
            return (try read([UInt8](data), writtenAt: written), nil)
        } catch {
            return ([], "\(place): \(error); write it with `terraform show -json PLAN`")
        }
    }

    /// - Throws: `AWSDocumentError` for text that is not the JSON of a plan.
    static func read(_ bytes: [UInt8], writtenAt: Date) throws(AWSDocumentError) -> [Change] {
        let plan = try JSONDocumentReader.read(bytes, maximumValues: 1_000_000)
        guard plan["format_version"] != nil else { throw AWSDocumentError("the JSON has no format_version") }
        let date = plan["timestamp"]?.text.flatMap(Timestamp.date) ?? writtenAt
        return entries(plan["resource_changes"]).compactMap { change($0, at: date, isDrift: false) }
            + entries(plan["resource_drift"]).compactMap { change($0, at: date, isDrift: true) }
    }

    private static func entries(_ document: AWSDocument?) -> [AWSDocument] {
        if case .list(let entries)? = document { return entries }
        return []
    }

    private static func change(_ entry: AWSDocument, at date: Date, isDrift: Bool) -> Change? {
        guard let address = entry["address"]?.text, let change = entry["change"] else { return nil }
        let actions = entries(change["actions"]).compactMap(\.text)
        guard !actions.isEmpty, actions != ["no-op"], actions != ["read"] else { return nil }
        let sensitive = sensitiveNames(change["before_sensitive"]).union(sensitiveNames(change["after_sensitive"]))
        let before = values(of: change["before"], hiding: sensitive)
        var after = values(of: change["after"], hiding: sensitive)
        for name in unknownNames(change["after_unknown"]) where after[name] == nil {
            after[name] = "‹known after apply›"
        }
        let changed = Set(before.keys).union(after.keys).filter { before[$0]?.identity != after[$0]?.identity }
        let words = actions.joined(separator: " and ")
        return Change(
            id: "terraform \(isDrift ? "drift " : "")\(address)", origin: .terraform,
            kind: kind(entry["type"]?.text ?? ""), at: date, actor: isDrift ? "somebody beside Terraform" : "terraform",
            action: isDrift ? "changed outside (\(words))" : words, resources: [address],
            before: before.filter { changed.contains($0.key) }.mapValues(\.shown),
            after: after.filter { changed.contains($0.key) }.mapValues(\.shown))
    }

    /// A value as it is compared and as it is shown.
    private struct Value: ExpressibleByStringLiteral {
        var identity: String
        var shown: String

        init(_ text: String, isHidden: Bool) {
            identity = text
            shown = isHidden ? "‹hidden›" : text.excerpt(300)
        }

        init(stringLiteral text: String) { self.init(text, isHidden: false) }
    }

    /// Attributes that are one value; containers of a task definition are taken apart, because their text holds the values
    /// of their environment.
    private static func values(of document: AWSDocument?, hiding sensitive: Set<String>) -> [String: Value] {
        guard case .fields(let fields)? = document else { return [:] }
        var values: [String: Value] = [:]
        for field in fields {
            guard let text = field.value.text else { continue }
            if field.name == "container_definitions" {
                for (name, value) in containers(text) { values[name] = Value(value, isHidden: false) }
            } else {
                let isHidden =
                    sensitive.contains(field.name) || HiddenValue.isSecret(name: field.name, value: text)
                    // Documents may hold anything: that they changed is enough.
                    || text.utf8.first == UInt8(ascii: "{") || text.utf8.first == UInt8(ascii: "[")
                    || text.contains("\n")
                values[field.name] = Value(text, isHidden: isHidden)
            }
        }
        return values
    }

    private static func containers(_ text: String) -> [String: String] {
        guard let document = try? JSONDocumentReader.read(Array(text.utf8)) else { return [:] }
        var values: [String: String] = [:]
        for container in entries(document) {
            let name = container["name"]?.text ?? "?"
            for setting in ["image", "cpu", "memory"] { values["\(name) \(setting)"] = container[setting]?.text }
        }
        return values
    }

    /// Names of attributes that are, or hold, something sensitive.
    private static func sensitiveNames(_ document: AWSDocument?) -> Set<String> {
        guard case .fields(let fields)? = document else { return [] }
        return Set(fields.filter { $0.value != .scalar("false") && $0.value != .fields([]) }.map(\.name))
    }

    private static func unknownNames(_ document: AWSDocument?) -> [String] {
        guard case .fields(let fields)? = document else { return [] }
        return fields.filter { $0.value == .scalar("true") }.map(\.name)
    }

    private static func kind(_ type: String) -> Change.Kind {
        let kinds: [(String, Change.Kind)] = [
            ("aws_ecs_task_definition", .taskDefinition), ("aws_ecs", .service),
            ("aws_lb_listener_rule", .listenerRule), ("aws_alb_listener_rule", .listenerRule),
            ("aws_lb_target_group", .targetGroup), ("aws_alb_target_group", .targetGroup), ("aws_lb", .loadBalancer),
            ("aws_alb", .loadBalancer), ("aws_security_group", .securityGroup),
            ("aws_vpc_security_group", .securityGroup), ("aws_network_acl", .network), ("aws_route", .network),
            ("aws_subnet", .network), ("aws_nat_gateway", .network), ("aws_vpc", .network), ("aws_db", .database),
            ("aws_rds", .database), ("aws_secretsmanager", .secret), ("aws_elasticache", .cache),
            ("aws_service_discovery", .discovery), ("aws_iam", .identity), ("aws_s3", .bucket),
            ("aws_acm", .certificate), ("aws_ssm", .configuration), ("aws_ecr", .image),
        ]
        return kinds.first { type.hasPrefix($0.0) }?.1 ?? .other
    }
}
