import Foundation
import HTTPClient

/// Calls AWS: finds credentials, keeps them fresh, signs, retries, pages.
public final class AWSClient: Sendable {
    public struct Configuration: Sendable {
        public var region: String
        /// Replaces every service's endpoint, unless the environment names another one.
        public var endpointURL: String?
        /// For one attempt of a call.
        public var deadline: Duration
        public var retry: AWSRetry
        /// The profile of the shared files; nil means `AWS_PROFILE`, then `default`.
        public var profile: String?
        /// Pages read of one answer; nil reads all. One page is enough to learn whether a call is allowed.
        public var pageLimit: Int?
        /// Told the IAM action of every call that is made.
        public var willCall: (@Sendable (_ action: String) -> Void)?

        public init(
            region: String, endpointURL: String? = nil, deadline: Duration = .seconds(20), retry: AWSRetry = AWSRetry(),
            profile: String? = nil, pageLimit: Int? = nil,
            willCall: (@Sendable (_ action: String) -> Void)? = nil
        ) {
            self.region = region
            self.endpointURL = endpointURL
            self.deadline = deadline
            self.retry = retry
            self.profile = profile
            self.pageLimit = pageLimit
            self.willCall = willCall
        }
    }

    public let region: String
    private let caller: AWSCaller
    private let cache: CredentialCache
    fileprivate let pageLimit: Int
    private let willCall: (@Sendable (_ action: String) -> Void)?

    public init(_ configuration: Configuration, surroundings: CredentialSurroundings) {
        var surroundings = surroundings
        if let profile = configuration.profile { surroundings.environment["AWS_PROFILE"] = profile }
        surroundings.environment.merge(SharedConfiguration.endpointChoices(surroundings)) { own, _ in own }
        region = configuration.region
        pageLimit = configuration.pageLimit ?? .max
        willCall = configuration.willCall
        caller = AWSCaller(
            region: configuration.region, configuredURL: configuration.endpointURL, surroundings: surroundings,
            retry: configuration.retry, deadline: configuration.deadline)
        cache = CredentialCache(
            chain: CredentialChain(
                surroundings: surroundings, tokenService: SecurityTokenService(caller: caller),
                isProfileChosen: configuration.profile != nil),
            now: surroundings.now)
    }

    /// The same client in another region, with the same credentials.
    public func inRegion(_ region: String) -> AWSClient {
        region == self.region ? self : AWSClient(self, region: region)
    }

    private init(_ other: AWSClient, region: String) {
        self.region = region
        cache = other.cache
        pageLimit = other.pageLimit
        willCall = other.willCall
        caller = AWSCaller(
            region: region, configuredURL: other.caller.configuredURL, surroundings: other.caller.surroundings,
            retry: other.caller.retry, deadline: other.caller.deadline)
    }

    /// The credentials in use; renewed first when they are about to expire.
    public func credentials() async throws(AWSError) -> AWSCredentials { try await cache.credentials() }

    /// Sends one call and reads its answer.
    public func call<Output>(_ operation: AWSOperation<Output>) async throws(AWSError) -> Output {
        try Self.decode(operation, try await document(operation))
    }

    /// The pages of a call, one after the other.
    public func pages<Output>(_ operation: AWSOperation<Output>) -> AWSPages<Output> {
        AWSPages(client: self, operation: operation)
    }

    /// All elements of all pages, at most `limit`.
    public func all<Output, Element>(
        _ operation: AWSOperation<Output>, limit: Int = 100_000, _ elements: (Output) -> [Element]
    ) async throws(AWSError) -> [Element] {
        var found: [Element] = []
        var pages = pages(operation).makeAsyncIterator()
        while found.count < limit, let page = try await pages.next() { found += elements(page) }
        return Array(found.prefix(limit))
    }

    /// The bytes of an answer that is not a document: an object's content, a bucket's policy.
    public func bytes<Output>(_ operation: AWSOperation<Output>) async throws(AWSError) -> [UInt8] {
        try await answer(operation).response.body
    }

    /// The answer as it came, for calls whose headers matter: an object's ETag, its own headers.
    public func response<Output>(_ operation: AWSOperation<Output>) async throws(AWSError) -> HTTPResponse {
        try await answer(operation).response
    }

    /// A link under which anybody may read one object of S3 until it expires, or until the credentials do that it was made with.
    ///
    /// - Parameters:
    ///   - expires: at most ``S3/longestLink``.
    ///   - type: the media type that the object is served with, whatever it was written with.
    public func link(
        to bucket: String, key: String, expires: Duration, servedAs type: String? = nil
    ) async throws(AWSError) -> String {
        try caller.link(
            S3.getObject(bucket, key: key, servedAs: type), expires: min(expires, S3.longestLink),
            credentials: try await credentials())
    }

    func document<Output>(_ operation: AWSOperation<Output>) async throws(AWSError) -> AWSDocument {
        try await answer(operation).document()
    }

    private func answer<Output>(_ operation: AWSOperation<Output>) async throws(AWSError) -> AWSAnswer {
        willCall?(operation.action)
        let cache = cache
        return try await caller.call(
            operation, credentials: { () async throws(AWSError) in try await cache.credentials() },
            refused: { await cache.discard($0) })
    }

    fileprivate func rest(_ pause: Duration, before operation: String) async throws(AWSError) {
        do { try await caller.retry.sleep(pause) } catch {
            throw AWSError(.transport, operation: operation, message: "cancelled between two pages")
        }
    }

    static func decode<Output>(
        _ operation: AWSOperation<Output>, _ document: AWSDocument
    ) throws(AWSError) -> Output {
        let isResource = operation.service.wireProtocol == .restXML
        do {
            // A resource of S3 may be empty; every other answer says at least one thing that it was asked for.
            return try AWSDocumentDecoder.decode(
                Output.self, from: document, flattenedLists: isResource,
                mustHold: !isResource && Output.self != AWSEmptyAnswer.self)
        } catch {
            throw AWSError(
                .malformedAnswer, operation: operation.label, message: error.description, action: operation.action)
        }
    }
}

/// The pages of a call. A token that comes back a second time ends the sequence with an error instead of an endless loop.
public struct AWSPages<Output: Decodable & Sendable>: AsyncSequence, Sendable {
    public typealias Element = Output
    public typealias Failure = AWSError

    let client: AWSClient
    let operation: AWSOperation<Output>

    public func makeAsyncIterator() -> Iterator { Iterator(client: client, operation: operation) }

    public struct Iterator: AsyncIteratorProtocol {
        let client: AWSClient
        let operation: AWSOperation<Output>
        private var upcoming: AWSOperation<Output>?
        private var seen: Set<String> = []
        private var read = 0

        init(client: AWSClient, operation: AWSOperation<Output>) {
            self.client = client
            self.operation = operation
            upcoming = operation
        }

        public mutating func next() async throws(AWSError) -> Output? {
            guard let current = upcoming, read < client.pageLimit else { return nil }
            if let pause = operation.pause, read > 0 { try await client.rest(pause, before: operation.label) }
            read += 1
            let document = try await client.document(current)
            upcoming = nil
            if let pagination = operation.pagination,
                let token = document[path: pagination.output.split(separator: ".").map(String.init)]?.text.nonEmpty
            {
                guard seen.insert(token).inserted else {
                    throw AWSError(
                        .paginationLoop, operation: operation.label,
                        message: "page \(seen.count + 1) gives a token that an earlier page gave already",
                        action: operation.action)
                }
                upcoming = operation.asking(for: token)
            }
            return try AWSClient.decode(operation, document)
        }
    }
}
