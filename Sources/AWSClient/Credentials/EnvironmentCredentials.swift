/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`.
struct EnvironmentCredentials: CredentialSource {
    let surroundings: CredentialSurroundings
    let name = "environment"

    func credentials() async throws(AWSError) -> AWSCredentials? {
        let environment = surroundings.environment
        guard let key = environment["AWS_ACCESS_KEY_ID"].nonEmpty else { return nil }
        guard let secret = environment["AWS_SECRET_ACCESS_KEY"].nonEmpty else {
            throw AWSError(
                .noCredentials, operation: "credentials",
                message: "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not; set both or neither")
        }
        return AWSCredentials(
            accessKeyID: key, secretAccessKey: secret, sessionToken: environment["AWS_SESSION_TOKEN"].nonEmpty,
            source: name)
    }
}
