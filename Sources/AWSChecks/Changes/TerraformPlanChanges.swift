import AWSClient
import Formats
import Foundation
import RunModel

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
        let before = TerraformValues(change["before"], sensitive: change["before_sensitive"])
        let after = TerraformValues(
            change["after"], sensitive: change["after_sensitive"], unknown: change["after_unknown"])
        // What is sensitive on one side is on the other.
        let values = before.differences(to: after)
        let words = actions.joined(separator: " and ")
        return Change(
            id: "terraform \(isDrift ? "drift " : "")\(address)", origin: .terraform,
            kind: kind(entry["type"]?.text ?? ""), at: date,
            actor: isDrift ? "somebody outside Terraform" : "terraform",
            action: isDrift ? "changed outside (\(words))" : "planned: \(words)", resources: [address],
            subjects: subjects(entry["type"]?.text ?? "", change), isPlanned: !isDrift, before: values.before,
            after: values.after)
    }

    /// What the resource is called in AWS, by what its state says.
    private static func subjects(_ type: String, _ change: AWSDocument) -> [String] {
        var found: [String] = []
        for state in [change["before"], change["after"]].compactMap(\.self) {
            // A rule stands in what it is a rule of.
            for name in ["security_group_id", "network_acl_id", "route_table_id", "arn", "listener_arn", "id"] {
                if let text = state[name]?.text, let name = ResourceName.canonical(text) { found.append(name) }
            }
            found += named(type, state)
        }
        var seen: Set<String> = []
        return found.filter { seen.insert($0).inserted }
    }

    /// Before it exists, a resource has its name only.
    private static func named(_ type: String, _ state: AWSDocument) -> [String] {
        let forms: [String: (member: String, prefix: String)] = [
            "aws_db_instance": ("identifier", "rds:db:"), "aws_db_parameter_group": ("name", "rds:pg:"),
            "aws_db_subnet_group": ("name", "rds:subgrp:"), "aws_s3_bucket": ("bucket", "s3:"),
            "aws_s3_bucket_policy": ("bucket", "s3:"), "aws_s3_bucket_lifecycle_configuration": ("bucket", "s3:"),
            "aws_s3_bucket_versioning": ("bucket", "s3:"), "aws_s3_bucket_public_access_block": ("bucket", "s3:"),
            "aws_lb": ("name", "elasticloadbalancing:loadbalancer/"),
            "aws_lb_target_group": ("name", "elasticloadbalancing:targetgroup/"),
            "aws_ecs_task_definition": ("family", "ecs:task-definition/"),
            "aws_ecs_cluster": ("name", "ecs:cluster/"), "aws_iam_role": ("name", "iam:role/"),
            "aws_iam_role_policy": ("role", "iam:role/"), "aws_iam_role_policy_attachment": ("role", "iam:role/"),
            "aws_secretsmanager_secret": ("name", "secretsmanager:secret:"),
            "aws_ecr_repository": ("name", "ecr:repository/"),
            "aws_elasticache_replication_group": ("replication_group_id", "elasticache:replicationgroup:"),
        ]
        var found: [String] = []
        if let form = forms[type], let text = state[form.member]?.text { found.append(form.prefix + text) }
        if type == "aws_secretsmanager_secret_version", let id = state["secret_id"]?.text {
            found.append(ResourceName.canonical(id) ?? "secretsmanager:secret:\(id)")
        }
        if type == "aws_ecs_service", let name = state["name"]?.text, let cluster = state["cluster"]?.text {
            found.append("ecs:service/\(cluster.split(separator: "/").last.map(String.init) ?? cluster)/\(name)")
        }
        if type == "aws_ssm_parameter", let name = state["name"]?.text {
            found.append(ResourceName.name(service: "ssm", resource: ChangeSubject.parameterPath(name)))
        }
        if type == "aws_route53_record", let name = state["fqdn"]?.text ?? state["name"]?.text {
            found.append("route53:record/" + ChangeSubject.host(name))
        }
        return found
    }

    private static func kind(_ type: String) -> Change.Kind {
        let kinds: [(String, Change.Kind)] = [
            ("aws_ecs_task_definition", .taskDefinition), ("aws_ecs", .service),
            ("aws_lb_listener_rule", .listenerRule), ("aws_alb_listener_rule", .listenerRule),
            ("aws_lb_target_group", .targetGroup), ("aws_alb_target_group", .targetGroup), ("aws_lb", .loadBalancer),
            ("aws_alb", .loadBalancer), ("aws_route53", .dns), ("aws_security_group", .securityGroup),
            ("aws_vpc_security_group", .securityGroup), ("aws_network_acl", .network), ("aws_route", .network),
            ("aws_subnet", .network), ("aws_nat_gateway", .network), ("aws_vpc", .network), ("aws_db", .database),
            ("aws_rds", .database), ("aws_secretsmanager", .secret), ("aws_elasticache", .cache),
            ("aws_service_discovery", .discovery), ("aws_iam", .identity), ("aws_s3", .bucket),
            ("aws_acm", .certificate), ("aws_ssm", .configuration), ("aws_ecr", .image),
            ("aws_kms", .encryptionKey), ("aws_waf", .firewall), ("aws_appautoscaling", .scaling),
            ("aws_autoscaling", .scaling), ("aws_cloudformation", .stack), ("aws_ec2_managed_prefix_list", .network),
            ("aws_organizations", .identity), ("aws_cloudwatch_log", .configuration),
        ]
        return kinds.first { type.hasPrefix($0.0) }?.1 ?? .other
    }
}
