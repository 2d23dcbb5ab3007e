import Foundation

/// The sources in the order the AWS command line asks them; the first that gives credentials wins. A profile that was chosen
/// in the configuration is the only source: keys that happen to be in the environment must not stand in for it.
struct CredentialChain: Sendable {
    let sources: [any CredentialSource]

    init(
        surroundings: CredentialSurroundings, tokenService: SecurityTokenService, isProfileChosen: Bool = false
    ) {
        if isProfileChosen {
            sources = [ProfileCredentials(surroundings: surroundings, tokenService: tokenService)]
            return
        }
        sources = [
            EnvironmentCredentials(surroundings: surroundings),
            WebIdentityCredentials(surroundings: surroundings, tokenService: tokenService),
            ProfileCredentials(surroundings: surroundings, tokenService: tokenService),
            ContainerCredentials(surroundings: surroundings),
            InstanceMetadataCredentials(surroundings: surroundings),
        ]
    }

    func credentials() async throws(AWSError) -> AWSCredentials {
        for source in sources {
            if let credentials = try await source.credentials() { return credentials }
        }
        throw AWSError(
            .noCredentials, operation: "credentials",
            message: "none found; asked: \(sources.map(\.name).joined(separator: ", "))")
    }
}

/// Keeps credentials and renews them before they expire, once for all callers.
actor CredentialCache {
    private let chain: CredentialChain
    private let now: @Sendable () -> Date
    private var current: AWSCredentials?
    private var renewal: Task<Result<AWSCredentials, AWSError>, Never>?

    /// Renewed when less than this is left, so that no request is signed with credentials that expire on the way.
    private static let margin: TimeInterval = 300

    init(chain: CredentialChain, now: @escaping @Sendable () -> Date) {
        self.chain = chain
        self.now = now
    }

    func credentials() async throws(AWSError) -> AWSCredentials {
        if let current, isFresh(current) { return current }
        return try await renewed()
    }

    /// Forgets credentials that the service called expired, unless they were renewed meanwhile.
    func discard(_ credentials: AWSCredentials) {
        if current == credentials { current = nil }
    }

    private func isFresh(_ credentials: AWSCredentials) -> Bool {
        guard let expiration = credentials.expiration else { return true }
        return expiration.timeIntervalSince(now()) > Self.margin
    }

    private func renewed() async throws(AWSError) -> AWSCredentials {
        if let renewal { return try await renewal.value.get() }
        let chain = chain
        let task = Task {
            do throws(AWSError) { return Result<AWSCredentials, AWSError>.success(try await chain.credentials()) } catch
            {
                return .failure(error)
            }
        }
        renewal = task
        let result = await task.value
        renewal = nil
        switch result {
        case .success(let credentials):
            current = credentials
            credentials.learn()
            return credentials
        case .failure(let error):
            // A failed renewal does not matter while the old credentials still work.
            if let current, let expiration = current.expiration, expiration > now() { return current }
            throw error
        }
    }
}
