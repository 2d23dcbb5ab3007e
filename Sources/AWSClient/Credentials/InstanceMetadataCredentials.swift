import Formats
import HTTPClient

/// The instance's role from the metadata service, version 2 (session token first).
struct InstanceMetadataCredentials: CredentialSource {
    let surroundings: CredentialSurroundings
    let name = "instance metadata"

    /// Off EC2 nothing answers at the address; the chain must not wait for it.
    private static let deadline: Duration = .seconds(1)

    func credentials() async throws(AWSError) -> AWSCredentials? {
        let environment = surroundings.environment
        guard environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() != "true" else { return nil }
        let base = environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"].nonEmpty ?? "http://169.254.169.254"
        let root = base.hasSuffix("/") ? String(base.dropLast()) : base
        guard let token = await sessionToken(root) else { return nil }
        let header = HTTPHeader("X-aws-ec2-metadata-token", token)
        let folder = root + "/latest/meta-data/iam/security-credentials/"
        let list = HTTPRequest(url: folder, headers: [header], deadline: Self.deadline, maximumBodyBytes: 1 << 14)
        guard let response = try? await surroundings.transport.send(list), response.status == 200,
            let role = response.text.split(whereSeparator: { $0.isNewline }).first
        else { return nil }
        let request = HTTPRequest(
            url: folder + PercentEncoding.encode(role), headers: [header], deadline: Self.deadline,
            maximumBodyBytes: 1 << 16)
        return try await IssuedCredentials.fetch(request, source: name, surroundings)
    }

    private func sessionToken(_ root: String) async -> String? {
        let lifetime = HTTPHeader("X-aws-ec2-metadata-token-ttl-seconds", "21600")
        let request = HTTPRequest(
            method: "PUT", url: root + "/latest/api/token", headers: [lifetime], deadline: Self.deadline,
            maximumBodyBytes: 1 << 12)
        guard let response = try? await surroundings.transport.send(request), response.status == 200 else { return nil }
        return response.text.trimmed
    }
}
