import AWSClient
import Foundation
import HTTPClient
import RunModel
import Settings

/// What the items of the snapshot are collected with: the client, what is configured, and where the run looks from.
public struct AWSSnapshotCollector: Sendable {
    public let client: AWSClient
    public let settings: AWSSettings
    let services: ServiceSettings
    let destinations: [Destination]
    let http: any AWSTransport
    let runID: RunID
    let now: @Sendable () -> Date
    let environment: [String: String]
    /// The name of the deployment's environment, such as `production`.
    let environmentName: String

    public init(
        configuration: Configuration, settings: AWSSettings, environment: [String: String], http: any AWSTransport,
        runID: RunID, retry: AWSRetry = AWSRetry(), pageLimit: Int? = nil,
        now: @escaping @Sendable () -> Date = { Date() },
        willCall: (@Sendable (_ action: String) -> Void)? = nil
    ) {
        self.settings = settings
        services = configuration.services
        environmentName = configuration.environment
        destinations = Self.destinations(configuration)
        self.http = http
        self.runID = runID
        self.now = now
        self.environment = environment
        client = AWSClient(
            .init(
                region: settings.region, endpointURL: settings.endpointURL, retry: retry, profile: settings.profile,
                pageLimit: pageLimit, willCall: willCall),
            surroundings: CredentialSurroundings(
                environment: settings.credentialEnvironment(over: environment), now: now, transport: http))
    }

    /// How far back figures and log lines are read: what happened just before the run is what it finds broken.
    static let window: TimeInterval = 3600

    /// One answer for each name, a few at a time.
    func each<Value: Codable & Sendable>(
        _ names: [String], _ call: @escaping @Sendable (String) async throws(AWSError) -> Value
    ) async -> [String: Collected<Value>] {
        let results = await each(names, width: 4, call)
        return results.mapValues { result in
            switch result {
            case .success(let value): .value(value)
            case .failure(let error): .failed(error)
            }
        }
    }

    /// One result for each name, at most `width` at a time.
    func each<Value: Sendable>(
        _ names: [String], width: Int, _ call: @escaping @Sendable (String) async throws(AWSError) -> Value
    ) async -> [String: Result<Value, AWSError>] {
        await withTaskGroup(of: (String, Result<Value, AWSError>).self) { group in
            var results: [String: Result<Value, AWSError>] = [:]
            var waiting = names[...]
            func start() {
                guard let name = waiting.popFirst() else { return }
                group.addTask {
                    do throws(AWSError) { return (name, .success(try await call(name))) } catch {
                        return (name, .failure(error))
                    }
                }
            }
            for _ in 0..<width { start() }
            while let (name, result) = await group.next() {
                results[name] = result
                start()
            }
            return results
        }
    }
}

extension AWSSnapshotCollector {
    /// That something does not exist is an answer, not a failure.
    static func emptyWhenMissing<Element>(
        _ call: () async throws(AWSError) -> [Element]
    ) async throws(AWSError) -> [Element] {
        do { return try await call() } catch {
            if error.kind == .notFound { return [] }
            throw error
        }
    }

    /// A bucket without such a configuration answers with an error of its own; to us it is an empty one.
    static func absent<Value>(
        _ empty: Value, _ code: String, _ call: () async throws(AWSError) -> Value
    ) async throws(AWSError) -> Value {
        do { return try await call() } catch {
            if error.code == code { return empty }
            throw error
        }
    }
}
