import Testing

@testable import plumbline_sandbox

/// The defect switches: every one of the 67 tests has at least one that breaks it, and every one can be seen.
@Suite struct RegistryAPIDefectTests {
    /// The ids of contract §6: 23 circuit breaker, 23 health, 9 load, 12 chaos.
    private static let originalTests: Set<String> = {
        let families = [("CB", 23), ("HE", 23), ("LD", 9), ("CH", 12)]
        return Set(
            families.flatMap { family, count in
                (1...count).map { "\(family)-\($0 < 10 ? "0" : "")\($0)" }
            })
    }()

    @Test("Every one of the 67 tests is broken by a switch, and no switch names a test that does not exist")
    func coverage() {
        let broken = Set(Defect.allCases.flatMap(\.breaks))
        #expect(Self.originalTests.count == 67)
        #expect(Self.originalTests.subtracting(broken).isEmpty, "not broken by any switch")
        #expect(broken.subtracting(Self.originalTests).isEmpty, "unknown ids")
        // An image without the library that reads memory is no defect: `/live` tells 0 MB there.
        #expect(Defect.allCases.filter(\.breaks.isEmpty) == [.memoryLibraryMissing])
        #expect(Defect.allCases.allSatisfy { !$0.summary.isEmpty })
    }

    /// A build variant that a switch needs before it can show.
    private static func companion(of defect: Defect) -> String {
        switch defect {
        case .memoryFallbackRaises: "memory-library-missing,"
        case .metricsFallbackRaises: "metrics-library-missing,"
        case .healthMLflowHidesError: "health-mlflow-raises,"
        case .resetHidesError: "reset-raises,"
        default: ""
        }
    }

    /// The walk of a sound API and of each build variant, made once.
    private static let sound = Task {
        var traces: [String: [String]] = [:]
        for variant in Set(Defect.allCases.map(companion)) { traces[variant] = try await trace(variant) }
        return traces
    }

    @Test("Every switch changes what one sees of the API", arguments: Defect.allCases)
    func isVisible(defect: Defect) async throws {
        let variant = Self.companion(of: defect)
        let sound = try #require(try await Self.sound.value[variant])
        #expect(try await Self.trace(variant + defect.rawValue) != sound)
    }

    @Test("The walk depends on nothing but the switches")
    func isRepeatable() async throws {
        #expect(try await Self.trace("") == Self.sound.value[""])
    }

    @Test(
        "A switch that does not exist or takes no number is refused by name",
        arguments: ["no-such-switch", "health-500=3", "health-slow=fast", "health-slow=-1"])
    func unreadable(text: String) {
        #expect(throws: DefectSet.Unreadable.self) { try DefectSet(parsing: text) }
    }

    @Test("Switches are read with blanks and numbers")
    func parsing() throws {
        let set = try DefectSet(parsing: " health-slow=2.5 , live-500,,load-errors")
        #expect(set.amount(.healthSlow) == 2.5)
        #expect(set.contains(.live500))
        #expect(set.amount(.loadErrors) == 3)
        #expect(!set.contains(.health500))
    }

    /// One long walk through faults and recoveries of profile `fixed`, with every answer and the time it took.
    private static func trace(_ defects: String) async throws -> [String] {
        var lines: [String] = []
        for (threshold, timeout, attempts) in [("2", "2", "1"), ("0", "0", "5")] {
            let world = RegistryWorld()
            let api = try world.api(
                .fixed, defects: defects,
                environment: [
                    "MLFLOW_CB_FAILURE_THRESHOLD": threshold, "MLFLOW_CB_RECOVERY_TIMEOUT": timeout,
                    "MLFLOW_CB_MAX_RECOVERY_ATTEMPTS": attempts,
                ])
            try await walk(api, world, &lines)
        }
        return lines
    }

    private static func walk(_ api: RegistryAPI, _ world: RegistryWorld, _ lines: inout [String]) async throws {
        lines += await look(api)
        world.change { $0.mlflow = .refusing }
        for _ in 1...3 { lines += await look(api) }
        // Half-open, and down again; twice, so that the attempts are used up and the back-off shows.
        for seconds in [2.1, 2.1, 2.1, 60] {
            world.wait(seconds)
            lines += await look(api)
        }
        world.change { $0.mlflow = .up }
        world.wait(300)
        for _ in 1...3 { lines += await look(api) }
        // One failure below the threshold and a success; then open, and readiness is the first to see half-open.
        world.change { $0.mlflow = .refusing }
        lines.append(await seen(api, "GET /health/mlflow"))
        world.change { $0.mlflow = .up }
        lines.append(await seen(api, "GET /health/mlflow"))
        world.change { $0.mlflow = .refusing }
        for _ in 1...2 { lines.append(await seen(api, "GET /health/mlflow")) }
        world.change { $0.mlflow = .up }
        world.wait(300)
        lines.append(await seen(api, "GET /ready"))
        world.change { $0.mlflow = .refusing }
        lines.append(await seen(api, "GET /health/mlflow"))
        lines.append(await seen(api, "POST /health/mlflow/reset"))
        lines += await look(api)
        world.change {
            $0.mlflow = .up
            $0.redis = .refusing
        }
        lines += await look(api)
        world.change {
            $0.redis = .up
            $0.queue = .refusing
        }
        lines += await look(api)
        world.change { $0.postgres = .hanging }
        lines += await look(api)
        world.change {
            $0.postgres = .slow(0.1)
            $0.queue = .up
        }
        lines += await look(api)
        world.change { $0.postgres = .up }
        for _ in 1...45 { lines.append(await seen(api, "GET /health")) }
    }

    private static func look(_ api: RegistryAPI) async -> [String] {
        var lines: [String] = []
        for line in [
            "GET /health/mlflow", "GET /health?detailed=true", "GET /health", "GET /ready", "GET /live",
            "GET /version", "GET /health/status", "GET /metrics",
        ] {
            lines.append(await seen(api, line))
        }
        return lines
    }

    /// The answer without what changes by itself: measured memory, processor and process numbers.
    private static func seen(_ api: RegistryAPI, _ line: String) async -> String {
        let before = api.dependencies.now()
        // The reset of a build that is closed to strangers.
        let key: ServiceHeaders = line.hasPrefix("POST") ? ["authorization": "Bearer hk_test_sandbox_admin"] : [:]
        var answer = await api.ask(line, headers: key)
        let seconds = api.dependencies.now() - before
        if let memory = answer.json?["memory_usage_mb"]?.number { answer.json?["memory_usage_mb"] = memory > 0 ? 1 : 0 }
        if answer.json?["system_info"] != nil { answer.json?["system_info"] = nil }
        let text = answer.text.split(separator: "\n").filter { !$0.hasPrefix("process_") }.joined(separator: "\n")
        return "\(line) \(answer.status) \(seconds) \(text)"
    }
}
