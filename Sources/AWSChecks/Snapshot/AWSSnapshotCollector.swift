import AWSClient
import Foundation
import HTTPClient
import RunModel
import Settings

/// Asks AWS for one item of the snapshot at a time. All side effects of the AWS checks are here.
public struct AWSSnapshotCollector: Sendable {
    /// Puts what was collected into the snapshot.
    public typealias Update = @Sendable (inout AWSSnapshot) -> Void

    public let client: AWSClient
    public let settings: AWSSettings
    let services: ServiceSettings
    let destinations: [Destination]
    let http: any AWSTransport
    let runID: RunID
    let now: @Sendable () -> Date
    let environment: [String: String]

    public init(
        configuration: Configuration, settings: AWSSettings, environment: [String: String], http: HTTPClient,
        runID: RunID, retry: AWSRetry = AWSRetry(), pageLimit: Int? = nil,
        now: @escaping @Sendable () -> Date = { Date() },
        willCall: (@Sendable (_ action: String) -> Void)? = nil
    ) {
        self.settings = settings
        services = configuration.services
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

    /// Collects one item; what it is collected from must be in the snapshot already.
    public func collect(_ item: AWSItem, given snapshot: AWSSnapshot) async -> Update {
        switch item {
        case .identity: await identity()
        case .permissions: await permissions(snapshot)
        case .clusters, .services, .tasks, .taskDefinitions, .images: await containers(item, snapshot)
        case .loadBalancers, .loadBalancerAttributes, .listeners, .rules, .targetGroups, .targetHealth, .certificates:
            await loadBalancing(item, snapshot)
        case .securityGroups, .networkACLs, .routeTables, .subnets, .networkInterfaces: await network(item)
        case .databases, .replicationGroups, .cacheClusters, .cacheSubnets, .secrets, .secretShapes:
            await data(item)
        case .namespaces, .discoveryServices, .discoveryInstances: await discovery(item, snapshot)
        case .buckets, .bucketVersioning, .bucketEncryption, .bucketPublicAccess, .bucketPolicies, .bucketLifecycles,
            .bucketReplication, .artifactRoundTrip:
            await storage(item)
        case .metrics, .alarms, .logEvents: await observation(item, snapshot)
        case .changes: await changes()
        case .declaredChanges: await declaredChanges()
        case .healthPaths: await healthPaths(snapshot)
        case .connections: await connections()
        }
    }

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
    private func identity() async -> Update {
        let client = client
        let credentials = await Collected.from { () async throws(AWSError) -> CredentialFacts in
            let credentials = try await client.credentials()
            return CredentialFacts(source: credentials.source, expiration: credentials.expiration)
        }
        let identity = await Collected.from { () async throws(AWSError) -> STS.CallerIdentity in
            try await client.call(STS.getCallerIdentity())
        }
        return { snapshot in
            snapshot.credentials = credentials
            snapshot.identity = identity
        }
    }

    /// Has IAM simulate every action on the resources it will be called for: without them, a policy that is limited to those
    /// resources would look as if it allowed nothing.
    private func permissions(_ snapshot: AWSSnapshot) async -> Update {
        let (client, settings) = (client, settings)
        let identity = snapshot.identity
        let permissions = await Collected.from { () async throws(AWSError) -> [String: Bool] in
            guard case .value(let caller)? = identity else {
                throw identity?.error
                    ?? AWSError(.noCredentials, operation: "sts GetCallerIdentity", message: "no identity")
            }
            let actions = Set(AWSItem.actions(for: AWSItem.allCases))
            let policy = AccessPolicy(for: actions, settings: settings, account: caller.account)
            var allowed: [String: Bool] = [:]
            for statement in policy.statements {
                let pages = IAM.simulatePrincipalPolicy(
                    principal: Self.policySource(caller.arn), actions: statement.actions,
                    resources: statement.resources)
                for result in try await client.all(pages, { $0.evaluationResults }) {
                    allowed[result.evalActionName] =
                        result.evalDecision == "allowed" && allowed[result.evalActionName] ?? true
                }
            }
            return allowed
        }
        return { $0.permissions = permissions }
    }

    /// The role behind an assumed role's session: only roles, users and groups can be simulated.
    static func policySource(_ arn: String) -> String {
        guard let match = arn.wholeMatch(of: #/arn:([\w-]+):sts::(\d+):assumed-role\/([^\/]+)\/.+/#) else { return arn }
        return "arn:\(match.1):iam::\(match.2):role/\(match.3)"
    }
}
