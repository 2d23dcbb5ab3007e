import Foundation
import RunModel
import Testing

@testable import Job

@Suite struct PlannerTests {
    private static let checks = [
        JobFixture.descriptor("ENV-01", .environment, .setup),
        JobFixture.descriptor("CB-01", .unit, .coreTests),
        JobFixture.descriptor("CH-01", .chaos, .coreTests, needs: [.faults(.mlflow)]),
        JobFixture.descriptor("SH-01", needs: [.reach(.api)]),
        JobFixture.descriptor(
            "REG-01", .registration, needs: [.reach(.api), .key(.api), .writes], dependsOn: ["SH-01"]),
        JobFixture.descriptor("REG-02", .registration, dependsOn: ["REG-01"]),
    ]

    private func plan(_ yaml: String = "", _ options: RunOptions = RunOptions()) throws -> Plan {
        Planner(configuration: try JobFixture.configuration(yaml), options: options).plan(Self.checks) { _ in
            JobFixture.key()
        }
    }

    private func selected(_ options: RunOptions) throws -> [CheckID] {
        try plan("", options).entries.filter(\.isPlanned).map(\.descriptor.id)
    }

    private func reason(_ plan: Plan, _ id: CheckID) -> String? {
        if case .skip(let reason)? = plan[id]?.decision { reason } else { nil }
    }

    @Test("what a check lacks is the reason why it is skipped, all of it")
    func reasons() throws {
        let bare = try plan()
        #expect(reason(bare, "ENV-01") == nil)
        #expect(reason(bare, "SH-01") == "‘api’ is not configured (`services.api`)")
        let registration = try #require(reason(bare, "REG-01"))
        #expect(registration.contains("services.api") && registration.contains("keys.api"))
        #expect(registration.contains("allow it with --allow writes"))
        #expect(reason(bare, "CH-01")?.contains("--allow faults") == true)
    }

    @Test(
        "each capability has its own reason",
        arguments: [
            (Capability.reach(.redis), "no `redis` section"), (.reach(.database), "`database`"),
            (.reach(.mlflowDirect), "services.mlflow_direct"), (.load, "--allow load"),
            (.launch, "no `launch` command"), (.variant("slim"), "`launch.variants.slim`"), (.aws, "no `aws` section"),
            (Capability(rawValue: "magic:wand"), "nothing provides ‘magic:wand’"),
        ])
    func capabilities(capability: Capability, text: String) throws {
        let assessment = CapabilityAssessment(configuration: try JobFixture.configuration(), allowances: [])
        #expect(try #require(assessment.missing(capability)).contains(text))
    }

    @Test("what the configuration says is not there is skipped with that reason", arguments: SystemPart.allCases)
    func absentParts(part: SystemPart) throws {
        func missing(_ yaml: String, _ capability: Capability) throws -> String? {
            CapabilityAssessment(configuration: try JobFixture.configuration(yaml), allowances: [.faults])
                .missing(capability)
        }
        #expect(try missing("", .part(part)) == nil)
        let yaml = "absent: [\(part.rawValue)]\n"
        #expect(
            try missing(yaml, .part(part)) == "the configuration says that there is no \(part.title) here (`absent`)")
        if part == .redis {
            #expect(try missing(yaml, .reach(.redis))?.contains("no Redis here") == true)
            #expect(try missing(yaml + Self.faults, .faults(.redis))?.contains("no Redis here") == true)
        }
    }

    @Test("what has nothing to look at is skipped, and so is what depends on it")
    func omissions() throws {
        let plan = Planner(
            configuration: try JobFixture.configuration("services: { api: \"http://h\" }"),
            options: RunOptions(allowances: [.writes])
        )
        .plan(Self.checks, omissions: ["SH-01": "no page is named"]) { _ in JobFixture.key() }
        #expect(reason(plan, "SH-01") == "no page is named")
        #expect(reason(plan, "REG-02") == "depends on REG-01, which is skipped")
        #expect(plan["REG-02"]?.resumeKey == nil)
    }

    @Test("a key whose variable is not set is missing by the name of the variable")
    func unresolvedKey() throws {
        let configuration = try JobFixture.configuration("keys:\n  api: ${env:PLUMBLINE_NOT_SET}")
        let assessment = CapabilityAssessment(configuration: configuration, allowances: [])
        #expect(assessment.missing(.key(.api))?.contains("${env:PLUMBLINE_NOT_SET}") == true)
    }

    private static let faults = """
        faults:
          toxiproxy: http://127.0.0.1:8474
          proxies: {mlflow: m, redis: r}

        """

    @Test("faults need leave, means, and outside of production")
    func faultRules() throws {
        func missing(_ yaml: String, _ allowances: Set<Allowance>, _ dependency: Dependency = .mlflow) throws -> String?
        {
            CapabilityAssessment(configuration: try JobFixture.configuration(yaml), allowances: allowances)
                .missing(.faults(dependency))
        }
        #expect(try missing(Self.faults, [.faults]) == nil)
        #expect(try missing(Self.faults, [.faults], .queue) == nil)
        #expect(try missing(Self.faults, [.faults], .postgres)?.contains("nothing here can break postgres") == true)
        #expect(try missing(Self.faults, [.faults], .network)?.contains("nothing here can break network") == true)
        #expect(try missing(Self.faults, [.writes, .load])?.contains("--allow faults") == true)
        #expect(try missing("", [.faults])?.contains("faults.toxiproxy") == true)
        let production = "production: true\n" + Self.faults
        #expect(try missing(production, [.faults])?.contains("marked production") == true)
        #expect(
            try missing(production + "  allowed_in_production: [redis]", [.faults])?.contains("marked production")
                == true)
        #expect(try missing(production + "  allowed_in_production: [mlflow]", [.faults]) == nil)
        let command = "faults:\n  commands:\n    memory: { start: [fill], stop: [free] }\n"
        #expect(try missing(command, [.faults], .memory) == nil)
        #expect(try missing(command, [.faults], .network)?.contains("nothing here can break network") == true)
    }

    @Test("--only brings along what the chosen checks depend on")
    func only() throws {
        #expect(try selected(RunOptions(only: ["REG-02"])) == ["SH-01", "REG-01", "REG-02"])
        #expect(try selected(RunOptions(only: ["env-*"])) == ["ENV-01"])
        #expect(try selected(RunOptions(only: ["nothing"])) == [])
    }

    @Test("--skip wins over --only and over dependencies")
    func skip() throws {
        #expect(try selected(RunOptions(only: ["REG-*"], skip: ["REG-01"])) == ["REG-02"])
        #expect(try selected(RunOptions(only: ["REG-02"], skip: ["SH-*"])) == ["REG-01", "REG-02"])
        #expect(try selected(RunOptions(skip: ["*"])) == [])
    }

    @Test("--phase selects phases, and dependencies of other phases come along")
    func phases() throws {
        #expect(try selected(RunOptions(phases: [.setup])) == ["ENV-01"])
        #expect(try selected(RunOptions(phases: [.coreTests], only: ["CB-*"])) == ["CB-01"])
        #expect(try selected(RunOptions(phases: [.setup, .validation])).contains("REG-02"))
        #expect(
            try plan("", RunOptions(phases: [.setup]))["CB-01"]?.decision == .notSelected("left out by --phase setup"))
    }

    @Test("the configuration makes checks critical and takes it back, the latter counts")
    func gate() throws {
        let plan = try plan("gate:\n  critical: ['REG-*']\n  not_critical: [REG-02]")
        #expect(plan["REG-01"]?.descriptor.isCritical == true)
        #expect(plan["REG-02"]?.descriptor.isCritical == false)
    }

    @Test("only a check that will run has a resume key")
    func resumeKeys() throws {
        for entry in try plan("", RunOptions(only: ["SH-01", "ENV-01"])).entries {
            #expect((entry.resumeKey != nil) == (entry.decision == .run), "\(entry.descriptor.id)")
        }
    }

    @Test("the fingerprint changes with any setting, not with the order of keys, and holds no secret")
    func fingerprint() throws {
        func fingerprint(_ yaml: String) throws -> String { try JobFixture.configuration(yaml).fingerprint }
        let base = "services:\n  resolve: {a: b, c: d}\nthresholds: {x: 1, y: 2}"
        #expect(try fingerprint(base) == fingerprint("thresholds: {y: 2, x: 1}\nservices:\n  resolve: {c: d, a: b}"))
        for other in [
            base + "\nproduction: true", base.replacing("y: 2", with: "y: 3"), base.replacing("a: b", with: "b: a"),
            base + "\nlimits:\n  parallel_checks: 9", base + "\nredis: {host: h}", base + "\nkeys: {api: '${env:A}'}",
        ] {
            #expect(try fingerprint(other) != fingerprint(base), "\(other)")
        }
        let lists = try [
            "requirements: {tools: ['a,b']}", "requirements: {tools: [a, b]}", "requirements: {tools: ['a,:b']}",
        ].map(fingerprint)
        #expect(Set(lists).count == 3)
    }
}
