import Foundation

/// A profile of the shared files: keys, or a role assumed with another profile's or another source's credentials.
struct ProfileCredentials: CredentialSource {
    let surroundings: CredentialSurroundings
    let tokenService: SecurityTokenService
    let profile: String
    var name: String { "profile \(profile)" }

    init(surroundings: CredentialSurroundings, tokenService: SecurityTokenService, profile: String? = nil) {
        self.surroundings = surroundings
        self.tokenService = tokenService
        self.profile = profile ?? surroundings.environment["AWS_PROFILE"].nonEmpty ?? "default"
    }

    func credentials() async throws(AWSError) -> AWSCredentials? {
        let shared = SharedConfiguration(surroundings: surroundings)
        guard shared.profiles[profile] != nil else {
            guard surroundings.environment["AWS_PROFILE"].nonEmpty == profile else { return nil }
            throw failure("the profile is named by AWS_PROFILE and stands in neither shared file")
        }
        return try await resolve(profile, in: shared, visited: [])
    }

    private func resolve(
        _ profile: String, in shared: SharedConfiguration, visited: [String]
    ) async throws(AWSError) -> AWSCredentials? {
        guard let settings = shared.profiles[profile] else {
            throw failure("source profile \"\(profile)\" does not exist")
        }
        let isRepeated = visited.contains(profile)
        // A profile may name itself as the source of its role: its own keys are meant then.
        if let role = settings["role_arn"].nonEmpty, !isRepeated {
            return try await assume(role, settings, in: shared, visited: visited + [profile])
        }
        if let key = settings["aws_access_key_id"].nonEmpty {
            guard let secret = settings["aws_secret_access_key"].nonEmpty else {
                throw failure("profile \"\(profile)\" has aws_access_key_id without aws_secret_access_key")
            }
            return AWSCredentials(
                accessKeyID: key, secretAccessKey: secret, sessionToken: settings["aws_session_token"].nonEmpty,
                source: name)
        }
        if isRepeated {
            throw failure("source_profile forms a loop: \((visited + [profile]).joined(separator: " → "))")
        }
        for unsupported in ["credential_process", "sso_session", "sso_start_url"] where settings[unsupported] != nil {
            throw failure(
                "profile \"\(profile)\" uses \(unsupported), which is not supported; export the credentials into the environment"
            )
        }
        return nil
    }

    private func assume(
        _ role: String, _ settings: [String: String], in shared: SharedConfiguration, visited: [String]
    ) async throws(AWSError) -> AWSCredentials {
        let session = settings["role_session_name"].nonEmpty ?? "plumbline"
        if let file = settings["web_identity_token_file"].nonEmpty {
            return try await tokenService.assumeRole(role, session: session, webIdentityTokenFile: file, source: name)
        }
        let source = try await sourceCredentials(settings, in: shared, visited: visited)
        return try await tokenService.assumeRole(
            role, session: session, externalID: settings["external_id"].nonEmpty,
            seconds: settings["duration_seconds"].flatMap(Int.init), with: source, source: name)
    }

    private func sourceCredentials(
        _ settings: [String: String], in shared: SharedConfiguration, visited: [String]
    ) async throws(AWSError) -> AWSCredentials {
        let found: AWSCredentials?
        if let source = settings["source_profile"].nonEmpty {
            found = try await resolve(source, in: shared, visited: visited)
        } else if let source = settings["credential_source"].nonEmpty {
            switch source {
            case "Environment": found = try await EnvironmentCredentials(surroundings: surroundings).credentials()
            case "EcsContainer": found = try await ContainerCredentials(surroundings: surroundings).credentials()
            case "Ec2InstanceMetadata":
                found = try await InstanceMetadataCredentials(surroundings: surroundings).credentials()
            default:
                throw failure(
                    "credential_source \"\(source)\" is none of Environment, EcsContainer, Ec2InstanceMetadata")
            }
        } else {
            throw failure("role_arn needs source_profile, credential_source or web_identity_token_file")
        }
        guard let found else { throw failure("the source of the role's credentials gave none") }
        return found
    }

    private func failure(_ message: String) -> AWSError {
        AWSError(.noCredentials, operation: name, message: message)
    }
}
