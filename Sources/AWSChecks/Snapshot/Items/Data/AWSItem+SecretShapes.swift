import AWSClient
import Secrets

extension AWSItem {
    /// The names of fields in the configured secrets.
    public static let secretShapes = AWSItem(
        "secretShapes", at: \.secretShapes, actions: ["secretsmanager:GetSecretValue"], on: .secrets
    ) { collector, _ in
        await collector.each(collector.settings.secrets) { (name) async throws(AWSError) -> SecretShape in
            let value = try await collector.client.call(SecretsManager.getSecretValue(name)).secretString ?? ""
            let object = try? JSONDocumentReader.read(Array(value.utf8))
            var fields: [String]?
            if case .fields(let members)? = object {
                // The values are the secret; what the fields are called is what this is about.
                for member in members {
                    member.value.text.map { Redactor.current.learn($0, as: "\(name)#\(member.name)") }
                }
                // A field without a value counts as missing.
                fields = members.filter { $0.value.text?.isEmpty == false }.map(\.name).sorted()
            }
            if fields == nil { Redactor.current.learn(value, as: name) }
            return SecretShape(fields: fields, isPEM: value.contains("-----BEGIN "), isEmpty: value.isEmpty)
        }
    }
}

extension AWSSnapshot {
    /// By secret; names of fields only.
    public var secretShapes: [String: Collected<SecretShape>] {
        get { self[table: .secretShapes] }
        set { self[table: .secretShapes] = newValue }
    }
}

/// What a secret looks like, without its values.
public struct SecretShape: Sendable, Codable, Hashable {
    /// Sorted field names of a JSON object; nil for anything else.
    public var fields: [String]?
    public var isPEM: Bool
    public var isEmpty: Bool
}
