import AWSClient
import Formats
import Foundation
import HTTPClient
import Secrets
import Settings

/// Fetches the secrets that the configuration names as `${secretsmanager:…}`.
public enum SecretsManagerResolution {
    /// The configuration with its secrets, and a sentence for each that could not be fetched. Those stay without a value,
    /// and the checks that need them are skipped.
    public static func resolve(
        _ configuration: Configuration, environment: [String: String]
    ) async -> (configuration: Configuration, problems: [String]) {
        let open = configuration.secrets.filter { !$0.isResolved && $0.secretsManagerID != nil }
        guard !open.isEmpty else { return (configuration, []) }
        guard let aws = configuration.aws else {
            return (configuration, ["secrets of Secrets Manager are configured and the `aws` section is missing"])
        }
        let client = AWSClient(
            AWSClient.Configuration(region: aws.region, endpointURL: aws.endpointURL, profile: aws.profile),
            surroundings: CredentialSurroundings(
                environment: aws.credentialEnvironment(over: environment),
                transport: HTTPClient(configuration.httpClientConfiguration)))
        var values: [SecretSource: String] = [:]
        var problems: [String] = []
        for secret in open where values[secret.source] == nil {
            do {
                values[secret.source] = try await value(of: secret, client)
            } catch {
                problems.append("\(secret.name) (\(secret.source)): \(error)")
            }
        }
        return (
            configuration.mappingSecrets { secret in values[secret.source].map(secret.resolved) ?? secret }, problems
        )
    }

    private struct Unusable: Error, CustomStringConvertible {
        let description: String
    }

    private static func value(of secret: Secret, _ client: AWSClient) async throws -> String {
        guard case .secretsManager(let id, let field) = secret.source,
            let text = try await client.call(SecretsManager.getSecretValue(id)).secretString
        else { throw Unusable(description: "the secret holds no text") }
        guard let field else { return text }
        guard let object = (try? JSON.decode(JSONValue.self, from: Data(text.utf8)))?.object else {
            throw Unusable(description: "expected a JSON object with the field ‘\(field)’, got other text")
        }
        guard let value = object[field]?.string else {
            throw Unusable(
                description:
                    "the JSON object has no text field ‘\(field)’, only \(object.keys.sorted().joined(separator: ", "))"
            )
        }
        return value
    }
}

extension Secret {
    fileprivate var secretsManagerID: String? {
        if case .secretsManager(let id, _) = source { id } else { nil }
    }
}
