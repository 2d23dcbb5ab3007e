import AWSClient
import HTTPClient
import Settings

extension AWSSettings {
    /// A client for what is configured.
    ///
    /// - Parameter environment: the variables of the process, where the credential chain begins.
    public func client(environment: [String: String], http: HTTPClient) -> AWSClient {
        AWSClient(
            .init(region: region, endpointURL: endpointURL, profile: profile),
            surroundings: CredentialSurroundings(
                environment: credentialEnvironment(over: environment), transport: http))
    }
}
