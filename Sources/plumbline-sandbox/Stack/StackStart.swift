import Foundation
import HTTPClient

/// Starts the parts of a stack, each as soon as what it needs is there.
struct StackStart: Sendable {
    let stack: Stack
    let client = HTTPClient(.readiness)
    /// Told when a part is healthy, with the time since the start.
    let report: @Sendable (_ title: String, _ elapsed: Duration) -> Void
    private let begin = ContinuousClock.now

    init(_ stack: Stack, report: @escaping @Sendable (String, Duration) -> Void) {
        self.stack = stack
        self.report = report
    }

    /// Returns the parts in the order of the table, all healthy.
    ///
    /// PostgreSQL → MLflow is the longest way, so it comes first; everything else happens beside it. The API comes last: its
    /// first probes would find its dependencies missing and open the breaker.
    func run() async throws -> [Part] {
        try await stack.makeCertificates()
        try stack.writeRedisConfiguration()
        try stack.writeServiceFiles()
        try stack.writeBalancerConfiguration()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await stack.initialiseDatabase()
                try await start(stack.postgres)
                try await stack.createDatabases()
                try await start(stack.mlflow)
            }
            group.addTask {
                try await start(stack.aws)
                try await stack.seedAWS()
                report("AWS topology", ContinuousClock.now - begin)
            }
            for part in [stack.redis, stack.faultProxy, stack.auth, stack.gateway, stack.balancer] {
                group.addTask { try await start(part) }
            }
            // The first failure ends the others at once.
            for try await _ in group {}
        }
        try await start(stack.api)
        return [
            stack.balancer, stack.api, stack.gateway, stack.mlflow, stack.auth, stack.postgres, stack.redis, stack.aws,
            stack.faultProxy,
        ]
    }

    private func start(_ part: Part) async throws {
        try await part.start(in: stack.directory, client)
        report(part.title, ContinuousClock.now - begin)
    }
}

extension Part {
    /// Starts the part and returns when it is healthy.
    ///
    /// - Throws: ``SandboxError`` with the end of its log when it ends or is not healthy in time.
    func start(in directory: SandboxDirectory, _ client: HTTPClient) async throws {
        try save(in: directory)
        let record = try launch.start(in: directory)
        let begin = ContinuousClock.now
        while true {
            try Task.checkCancellation()
            guard record.isRunning else { throw SandboxError.ended(part: title, log: directory.logTail(name)) }
            guard let problem = await readiness.problem(client) else { return }
            guard ContinuousClock.now - begin < .seconds(patience) else {
                throw SandboxError.notHealthy(
                    part: title, waited: .seconds(patience), last: problem, log: directory.logTail(name))
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Keeps how the part was started, so that a scenario can start it again.
    private func save(in directory: SandboxDirectory) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try directory.writePrivately(
            String(decoding: try encoder.encode(self), as: UTF8.self), to: directory.launches + "/\(name).json")
    }

    /// The part as it was started last.
    static func saved(_ name: String, in directory: SandboxDirectory) throws -> Part {
        let data = try Data(contentsOf: URL(filePath: directory.launches + "/\(name).json"))
        return try JSONDecoder().decode(Part.self, from: data)
    }
}
