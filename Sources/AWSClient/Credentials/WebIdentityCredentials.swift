/// An OIDC token in a file, exchanged for a role (EKS, GitHub Actions, GitLab).
struct WebIdentityCredentials: CredentialSource {
    let surroundings: CredentialSurroundings
    let tokenService: SecurityTokenService
    let name = "web identity"

    func credentials() async throws(AWSError) -> AWSCredentials? {
        let environment = surroundings.environment
        guard let file = environment["AWS_WEB_IDENTITY_TOKEN_FILE"].nonEmpty else { return nil }
        guard let role = environment["AWS_ROLE_ARN"].nonEmpty else {
            throw AWSError(
                .noCredentials, operation: name, message: "AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN is not")
        }
        return try await tokenService.assumeRole(
            role, session: environment["AWS_ROLE_SESSION_NAME"].nonEmpty ?? "plumbline", webIdentityTokenFile: file,
            source: name)
    }
}
