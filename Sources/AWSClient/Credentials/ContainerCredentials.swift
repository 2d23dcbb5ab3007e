import Formats
import Foundation
import HTTPClient

/// The credentials endpoint of ECS and EKS Pod Identity.
struct ContainerCredentials: CredentialSource {
    let surroundings: CredentialSurroundings
    let name = "container"

    func credentials() async throws(AWSError) -> AWSCredentials? {
        let environment = surroundings.environment
        let url: String
        if let relative = environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"].nonEmpty {
            url = "http://169.254.170.2" + (relative.hasPrefix("/") ? relative : "/" + relative)
        } else if let full = environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"].nonEmpty {
            guard Self.isTrusted(full) else {
                throw failure(
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, loopback or a container agent's address")
            }
            url = full
        } else {
            return nil
        }
        var request = HTTPRequest(url: url, deadline: .seconds(5), maximumBodyBytes: 1 << 16)
        if let token = try token() { request.headers.append(HTTPHeader("Authorization", token)) }
        return try await IssuedCredentials.fetch(request, source: name, surroundings)
    }

    private func token() throws(AWSError) -> String? {
        let environment = surroundings.environment
        guard let file = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"].nonEmpty else {
            return environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"].nonEmpty
        }
        guard let token = surroundings.readFile(file)?.trimmed, !token.isEmpty else {
            throw failure("the token file \(file) is missing or empty")
        }
        guard !token.contains(where: \.isNewline) else {
            throw failure("the token file \(file) has more than one line")
        }
        return token
    }

    /// A token must not be sent to just any host over plain HTTP.
    static func isTrusted(_ url: String) -> Bool {
        guard let address = NetworkAddress(url) else { return false }
        if url.lowercased().hasPrefix("https://") { return true }
        guard url.lowercased().hasPrefix("http://") else { return false }
        let isLoopback = address.numeric.map { $0.bytes.contains { $0 != 0 } && $0.isThisMachine } ?? false
        return isLoopback || ["169.254.170.2", "169.254.170.23", "fd00:ec2::23", "localhost"].contains(address.host)
    }

    private func failure(_ message: String) -> AWSError { AWSError(.noCredentials, operation: name, message: message) }
}

/// The JSON that the container endpoint and the instance metadata service hand out.
struct IssuedCredentials: Decodable {
    let accessKeyId: String
    let secretAccessKey: String
    let token: String?
    let expiration: Date?

    static func fetch(
        _ request: HTTPRequest, source: String, _ surroundings: CredentialSurroundings
    ) async throws(AWSError) -> AWSCredentials {
        let response: HTTPResponse
        do { response = try await surroundings.transport.send(request) } catch {
            throw AWSError(.noCredentials, operation: source, message: "\(request.url): \(error.message)")
        }
        guard response.status == 200 else {
            throw AWSError(
                .noCredentials, operation: source, message: "\(request.url) answered \(response.status)",
                status: response.status)
        }
        guard let document = try? JSONDocumentReader.read(response.body),
            let issued = try? AWSDocumentDecoder.decode(IssuedCredentials.self, from: document)
        else {
            throw AWSError(
                .malformedAnswer, operation: source, message: "\(request.url) did not answer with credentials")
        }
        return AWSCredentials(
            accessKeyID: issued.accessKeyId, secretAccessKey: issued.secretAccessKey, sessionToken: issued.token,
            expiration: issued.expiration, source: source)
    }
}
