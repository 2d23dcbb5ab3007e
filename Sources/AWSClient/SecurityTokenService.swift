import Foundation

/// The calls of STS that give credentials.
struct SecurityTokenService: Sendable {
    let caller: AWSCaller

    private struct Assumed: Decodable, Sendable {
        struct Credentials: Decodable, Sendable {
            let accessKeyId: String
            let secretAccessKey: String
            let sessionToken: String
            let expiration: Date
        }
        let credentials: Credentials
    }

    func assumeRole(
        _ role: String, session: String, externalID: String?, seconds: Int?, with credentials: AWSCredentials,
        source: String
    ) async throws(AWSError) -> AWSCredentials {
        var input: [String: AWSInput] = ["RoleArn": .string(role), "RoleSessionName": .string(session)]
        if let externalID { input["ExternalId"] = .string(externalID) }
        if let seconds { input["DurationSeconds"] = .integer(seconds) }
        let operation = AWSOperation<Assumed>(.sts, "AssumeRole", input)
        return try await assumed(operation, signedWith: credentials, source: source)
    }

    func assumeRole(
        _ role: String, session: String, webIdentityTokenFile file: String, source: String
    ) async throws(AWSError) -> AWSCredentials {
        guard let token = caller.surroundings.readFile(file)?.trimmed, !token.isEmpty else {
            throw AWSError(
                .noCredentials, operation: source, message: "the web identity token file \(file) is missing or empty")
        }
        var operation = AWSOperation<Assumed>(
            .sts, "AssumeRoleWithWebIdentity",
            ["RoleArn": .string(role), "RoleSessionName": .string(session), "WebIdentityToken": .string(token)])
        operation.isSigned = false
        return try await assumed(operation, signedWith: nil, source: source)
    }

    private func assumed(
        _ operation: AWSOperation<Assumed>, signedWith credentials: AWSCredentials?, source: String
    ) async throws(AWSError) -> AWSCredentials {
        let document = try await caller.call(operation) { () throws(AWSError) in credentials }.document()
        let answer = try AWSClient.decode(operation, document)
        return AWSCredentials(
            accessKeyID: answer.credentials.accessKeyId, secretAccessKey: answer.credentials.secretAccessKey,
            sessionToken: answer.credentials.sessionToken, expiration: answer.credentials.expiration, source: source)
    }
}
