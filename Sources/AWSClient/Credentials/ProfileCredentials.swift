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
        return try await elsewhere(profile, settings, in: shared)
    }

    /// Credentials that others give out for a profile: the portal of single sign-on, or a program.
    private func elsewhere(
        _ profile: String, _ settings: [String: String], in shared: SharedConfiguration
    ) async throws(AWSError) -> AWSCredentials? {
        if let session = settings["sso_session"].nonEmpty {
            guard let own = shared.sessions[session] else {
                throw failure(
                    "profile \"\(profile)\" names sso_session \"\(session)\", and there is no [sso-session \(session)]")
            }
            return try await SingleSignOnCredentials(surroundings: surroundings, source: name)
                .credentials(settings, session: (session, own))
        }
        if settings["sso_start_url"].nonEmpty != nil {
            return try await SingleSignOnCredentials(surroundings: surroundings, source: name)
                .credentials(settings, session: nil)
        }
        if let command = settings["credential_process"].nonEmpty {
            return try await CredentialProcess(surroundings: surroundings, source: name).credentials(from: command)
        }
        if settings["login_session"].nonEmpty != nil {
            throw failure(
                "profile \"\(profile)\" uses login_session (`aws login`), which is not supported; "
                    + "run `eval \"$(aws configure export-credentials --profile \(profile) --format env)\"` first")
        }
        return nil
    }

    private func assume(
        _ role: String, _ settings: [String: String], in shared: SharedConfiguration, visited: [String]
    ) async throws(AWSError) -> AWSCredentials {
        let session = settings["role_session_name"].nonEmpty ?? "plumbline"
        if let device = settings["mfa_serial"].nonEmpty {
            throw failure(
                "role \(role) wants a code of \(device) (mfa_serial), and a batch job has nobody to ask; "
                    + "assume the role before the run and export its credentials")
        }
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
