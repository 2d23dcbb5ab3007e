import AWSClient
import Formats
import RunModel
import Secrets

/// The attributes of a resource in a Terraform plan, nested blocks by their path (`ingress[0].from_port`), and what may be shown of
/// them.
struct TerraformValues {
    /// A value as it is compared and as it is shown.
    private struct Value {
        var identity: String
        var isHidden: Bool
        var shown: String { isHidden ? "‹hidden›" : HiddenValue.masked(sentence: identity).excerpt(300) }
    }

    private var values: [String: Value] = [:]
    /// Attributes shown of one resource.
    private static let most = 40
    private static let deepest = 12

    /// - Parameters:
    ///   - sensitive: `true` for a whole resource, or a tree of the attributes that are.
    ///   - unknown: a tree of the attributes that are known after apply.
    init(_ document: AWSDocument?, sensitive: AWSDocument?, unknown: AWSDocument? = nil) {
        read(document, sensitive: sensitive, path: "", name: "", isHidden: false, depth: 0)
        readUnknown(unknown, path: "", depth: 0)
    }

    /// What differs; a value that either side hides is hidden on both.
    func differences(to other: TerraformValues) -> (before: [String: String], after: [String: String]) {
        var before: [String: String] = [:]
        var after: [String: String] = [:]
        let names = Set(values.keys).union(other.values.keys).filter {
            values[$0]?.identity != other.values[$0]?.identity
        }
        for name in names.sorted().prefix(Self.most) {
            let isHidden = values[name]?.isHidden == true || other.values[name]?.isHidden == true
            before[name] = values[name].map { isHidden ? "‹hidden›" : $0.shown }
            after[name] = other.values[name].map { isHidden && $0.identity != Self.unknown ? "‹hidden›" : $0.shown }
        }
        return (before, after)
    }

    private static let unknown = "‹known after apply›"

    private mutating func read(
        _ document: AWSDocument?, sensitive: AWSDocument?, path: String, name: String, isHidden: Bool, depth: Int
    ) {
        let isHidden = isHidden || sensitive == .scalar("true") || Self.mayHoldAnything(name)
        guard let document, depth < Self.deepest else { return }
        switch document {
        case .null: return
        case .scalar(let text):
            if name == "container_definitions", !isHidden { return addContainers(text) }
            values[path] = Value(identity: text, isHidden: isHidden || Self.isSecret(name, text))
        case .list(let elements):
            let parts: [AWSDocument] = if case .list(let parts)? = sensitive { parts } else { [] }
            for (index, element) in elements.enumerated() {
                let part = index < parts.count ? parts[index] : sensitive == .scalar("true") ? sensitive : nil
                read(
                    element, sensitive: part, path: "\(path)[\(index)]", name: name, isHidden: isHidden,
                    depth: depth + 1)
            }
        case .fields(let fields):
            for field in fields {
                read(
                    field.value, sensitive: sensitive?[field.name],
                    path: path.isEmpty ? field.name : "\(path).\(field.name)", name: field.name, isHidden: isHidden,
                    depth: depth + 1)
            }
        }
    }

    private mutating func readUnknown(_ document: AWSDocument?, path: String, depth: Int) {
        guard depth < Self.deepest else { return }
        switch document {
        case .scalar("true")?:
            if !path.isEmpty, values[path] == nil { values[path] = Value(identity: Self.unknown, isHidden: false) }
        case .list(let elements)?:
            for (index, element) in elements.enumerated() {
                readUnknown(element, path: "\(path)[\(index)]", depth: depth + 1)
            }
        case .fields(let fields)?:
            for field in fields {
                readUnknown(field.value, path: path.isEmpty ? field.name : "\(path).\(field.name)", depth: depth + 1)
            }
        default: return
        }
    }

    /// Containers of a task definition are taken apart, because their text holds the values of their environment.
    private mutating func addContainers(_ text: String) {
        guard let document = try? JSONDocumentReader.read(Array(text.utf8)), case .list(let containers) = document
        else {
            values["container_definitions"] = Value(identity: text, isHidden: true)
            return
        }
        for container in containers {
            let name = container["name"]?.text ?? "?"
            for setting in ["image", "cpu", "memory"] {
                guard let text = container[setting]?.text else { continue }
                values["\(name) \(setting)"] = Value(identity: text, isHidden: Self.isSecret(setting, text))
            }
        }
    }

    /// Scripts, command lines and environments: that they changed is enough.
    private static func mayHoldAnything(_ name: String) -> Bool {
        [
            "user_data", "user_data_base64", "user_data_replace_on_change", "custom_data", "command", "entry_point",
            "environment", "variables", "environment_variables", "provisioner", "connection", "triggers", "inline",
            "secret_string", "secret_binary", "startup_script", "metadata", "content", "content_base64", "inputs",
            "headers", "body", "template_body",
        ].contains(name)
    }

    private static func isSecret(_ name: String, _ text: String) -> Bool {
        HiddenValue.isSecret(name: name, value: text)
            // Documents may hold anything too.
            || text.utf8.first == UInt8(ascii: "{") || text.utf8.first == UInt8(ascii: "[") || text.contains("\n")
    }
}
