import AWSClient
import Foundation

extension AWSItem {
    /// Where the credentials come from and until when they hold.
    public static let credentials = AWSItem("credentials", at: \.credentials) { collector, _ in
        await Collected.from { () async throws(AWSError) -> CredentialFacts in
            let credentials = try await collector.client.credentials()
            return CredentialFacts(source: credentials.source, expiration: credentials.expiration)
        }
    }
}

extension AWSSnapshot {
    public var credentials: Collected<CredentialFacts>? {
        get { self[.credentials] }
        set { self[.credentials] = newValue }
    }
}

/// What is kept of the credentials: nothing that is secret.
public struct CredentialFacts: Sendable, Codable, Hashable {
    public var source: String
    public var expiration: Date?
}
