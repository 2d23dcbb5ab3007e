import Foundation
import RunModel
import TestSupport
import Testing

@testable import Job

/// Every check of the catalogue on the answers of systems that are not the one under test. A check that is added is put to
/// all of them; one that passes there says something that it has not seen.
@Suite(.serialized) struct WrongAnswerTests {
    /// Why a check passes on a wrong system all the same: what it says is true there.
    private static let truths: [CheckID: String] = [
        "ENV-02": "it says which variables of this machine are set",
        "CR-01": "it says which secrets of the configuration have a value",
        "AWS-STS-02": "it compares two settings of the run itself",
        "AWS-STS-03": "it says how long the credentials of this machine last",
        "SH-56": "the name has an address, and that is all it says",
        "PROBE-NAME": "the name has an address, which is all that the team asked for",
        "SD-02": "the address accepts connections, and that is all it says",
        "SD-03": "the address accepts connections, and that is all it says",
        "SD-04": "the address accepts connections, and that is all it says",
        "SD-05": "the address accepts connections, and that is all it says",
        "SD-06": "the address accepts connections, and that is all it says",
        "SD-07": "the address accepts connections, and that is all it says",
        "SD-08": "the address accepts connections, and that is all it says",
    ]
    /// What a PostgreSQL with another schema truly is.
    private static let truthsOfServer: [CheckID: String] = [
        "DB-01": "the server lets this user into this database; what is in it is said by DB-04"
    ]

    private static func untrue(_ run: WrongSystemRun, _ truths: [CheckID: String] = truths) -> [String] {
        run.results.filter { [.passed, .flaky].contains($0.status) && truths[$0.id] == nil }
            .map { "\($0.id): \($0.outcome.message)" }
    }

    /// The table of the suite, a line for each system.
    private static func line(_ system: String, _ run: WrongSystemRun) -> String {
        let counts = Dictionary(grouping: run.results, by: \.status).mapValues(\.count)
        let words = Status.allCases.compactMap { status in counts[status].map { "\($0) \(status.rawValue)" } }
        let failed = run.results.filter { $0.status == .failed }.map(\.id.rawValue)
        return
            "\(system): \(run.results.count) checks: \(words.joined(separator: ", ")); failed: \(failed.joined(separator: " "))"
    }

    /// Side by side: most of the time passes with waiting.
    private static func each(
        _ systems: [WrongSystem], _ body: @escaping @Sendable (WrongSystem) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, system) in systems.enumerated() {
                if index >= 2 { try await group.next() }
                group.addTask { try await body(system) }
            }
            try await group.waitForAll()
        }
    }

    @Test func `nothing passes on what a wrong system answers over HTTP`() async throws {
        try await Self.each(WrongSystem.overHTTP) { system in
            let run = try await WrongSystemRun.of(system, profile: .b)
            print(Self.line(system.name, run))
            #expect(Self.untrue(run) == [], "\(system.name)")
            #expect(
                run.results.filter { $0.status == .error }.map { "\($0.id): \($0.outcome.message)" } == [],
                "\(system.name)")
            // What expects something else of another profile is put to it as well.
            for profile in [DeploymentProfile.a, .m, .fixed] {
                let others = try await WrongSystemRun.of(system, profile: profile) { descriptor in
                    !descriptor.expectations.isEmpty
                        && !descriptor.needs.contains { need in
                            [.load, .writes, .launch].contains(need) || need.rawValue.hasPrefix("faults:")
                        }
                }
                #expect(Self.untrue(others) == [], "\(system.name), profile \(profile)")
            }
        }
    }

    @Test func `nothing passes on what a wrong data store or another AWS answers`() async throws {
        try await Self.each(WrongSystem.databases + WrongSystem.caches + WrongSystem.clouds) { system in
            let run = try await WrongSystemRun.of(system, profile: .b)
            print(Self.line(system.name, run))
            #expect(!run.results.isEmpty)
            #expect(Self.untrue(run) == [], "\(system.name)")
        }
    }

    @Test func `on a real PostgreSQL, empty or with a foreign schema, nothing of the platform passes`() async throws {
        let server = try await PostgresServer()
        defer { server.stop() }
        try server.run(
            "CREATE DATABASE empty", "CREATE DATABASE shop")
        try server.run(
            "CREATE TABLE alembic_version (version_num text)", "INSERT INTO alembic_version VALUES ('1a2b3c4d5e6f')",
            "CREATE TABLE experiments (experiment_id int, name text)", "CREATE TABLE orders (id int)", in: "shop")
        for name in ["empty", "shop"] {
            let system = WrongSystem(name: "PostgreSQL, \(name)", needs: [.database])
            let run = try await WrongSystemRun.of(system, profile: .b, database: server, databaseName: name)
            print(Self.line(system.name, run))
            #expect(Self.untrue(run, Self.truths.merging(Self.truthsOfServer) { $1 }) == [])
        }
    }

    /// The checks that no wrong system reaches, each with the reason: the rest of the catalogue is put to all of them.
    private static let notFed: [CheckID: String] = [
        "DB-17": "asks for TLS in the configuration", "RD-08": "asks for TLS in the configuration",
        "SH-35": "is of a service with TLS", "SH-36": "is of a service with TLS", "SH-37": "is of a service with TLS",
        "SH-45": "is of a service with TLS", "SH-46": "is of a service with TLS", "SH-47": "is of a service with TLS",
    ]

    @Test func `every check of the catalogue is put to the wrong systems`() async throws {
        let run = try await WrongSystemRun.of(WrongSystem.overHTTP[0], profile: .b) { _ in false }
        let left = run.notFed.filter { Self.notFed[$0.key] == nil }
        #expect(left.map { "\($0.key): \($0.value)" }.sorted() == [])
    }
}
