import DegradationChecks
import RunModel
import Settings
import Testing

/// The 67 tests of the original campaign, by contract §6.2 to §6.5.
@Suite struct OriginalCampaignTests {
    static let classes: [(className: String, prefix: String, functions: [(number: Int, name: String)])] = [
        (
            "TestMLflowCircuitBreaker", "CB",
            [
                (1, "test_initial_state"), (2, "test_basic_failure_tracking"), (3, "test_success_in_closed_state"),
                (4, "test_state_transition_closed_to_open"), (5, "test_state_transition_open_to_half_open"),
                (6, "test_half_open_success_recovery"), (7, "test_half_open_failure_back_to_open"),
                (8, "test_max_recovery_attempts"), (9, "test_exponential_backoff_after_max_attempts"),
                (10, "test_force_reset"), (11, "test_status_reporting"), (12, "test_status_in_open_state"),
                (13, "test_time_calculations"), (14, "test_consecutive_success_reset_on_failure"),
                (15, "test_gradual_failure_count_reduction"), (16, "test_configurable_parameters"),
                (17, "test_edge_case_zero_threshold"), (18, "test_edge_case_zero_timeout"),
            ]
        ),
        (
            "TestGlobalCircuitBreaker", "CB",
            [
                (19, "test_get_circuit_breaker_status"), (20, "test_reset_circuit_breaker"),
                (21, "test_environment_configuration"),
            ]
        ),
        (
            "TestCircuitBreakerIntegration", "CB",
            [(22, "test_circuit_breaker_with_mlflow_operations"), (23, "test_circuit_breaker_recovery")]
        ),
        (
            "TestHealthEndpointIntegration", "HE",
            [
                (1, "test_health_check_all_services_healthy"), (2, "test_health_check_with_detailed_info"),
                (3, "test_health_check_mlflow_circuit_breaker_open"),
                (4, "test_health_check_mlflow_circuit_breaker_half_open"),
                (5, "test_health_check_multiple_services_unhealthy"), (6, "test_readiness_check_all_ready"),
                (7, "test_readiness_check_database_down"), (8, "test_readiness_check_mlflow_circuit_breaker_open"),
                (9, "test_readiness_check_mlflow_half_open"), (10, "test_liveness_check"),
                (11, "test_liveness_check_without_psutil"), (12, "test_version_info"),
                (13, "test_mlflow_health_check_healthy"), (14, "test_mlflow_health_check_circuit_breaker_open"),
                (15, "test_mlflow_health_check_exception"), (16, "test_reset_mlflow_circuit_breaker"),
                (17, "test_reset_mlflow_circuit_breaker_exception"), (18, "test_detailed_service_status"),
                (19, "test_metrics_endpoint_with_prometheus"), (20, "test_metrics_endpoint_fallback"),
            ]
        ),
        (
            "TestHealthEndpointScenarios", "HE",
            [
                (21, "test_gradual_service_degradation"), (22, "test_service_recovery_sequence"),
                (23, "test_timeout_handling"),
            ]
        ),
        (
            "TestServiceLoadCapacity", "LD",
            [
                (1, "test_health_endpoint_sequential_load"), (2, "test_health_endpoint_concurrent_load"),
                (3, "test_detailed_health_endpoint_load"), (4, "test_readiness_endpoint_load"),
                (5, "test_mixed_endpoint_load"), (6, "test_load_with_degraded_services"),
                (7, "test_spike_load_resilience"),
            ]
        ),
        (
            "TestServiceCapacityLimits", "LD",
            [(8, "test_response_time_under_sustained_load"), (9, "test_memory_pressure_simulation")]
        ),
        (
            "TestServiceFailureScenarios", "CH",
            [
                (1, "test_mlflow_complete_failure_recovery"), (2, "test_database_connection_failure"),
                (3, "test_redis_connection_chaos"), (4, "test_circuit_breaker_cascading_failures"),
                (5, "test_message_queue_failure_isolation"), (6, "test_network_partition_simulation"),
            ]
        ),
        (
            "TestRecoveryMechanisms", "CH",
            [
                (7, "test_circuit_breaker_auto_reset"), (8, "test_manual_circuit_breaker_reset"),
                (9, "test_gradual_service_recovery"), (10, "test_service_health_persistence"),
            ]
        ),
        (
            "TestFailureIsolation", "CH",
            [(11, "test_non_critical_service_failure_isolation"), (12, "test_timeout_handling_isolation")]
        ),
    ]

    static func descriptors() throws -> [CheckDescriptor] {
        let configuration = try Configuration.parse("environment: test\n", path: "test.yaml", environment: [:])
        return DegradationCatalogue.list.checks(for: configuration).map(\.descriptor)
    }

    static func campaign() throws -> [CheckDescriptor] { try descriptors().filter { $0.original != nil } }

    @Test func `the catalogue holds the 67 under their original names, 23 and 23 and 9 and 12`() throws {
        let expected = Dictionary(
            uniqueKeysWithValues: Self.classes.flatMap { original in
                original.functions.map { function in
                    (
                        "\(original.prefix)-\(function.number < 10 ? "0" : "")\(function.number)",
                        OriginalTest(className: original.className, function: function.name)
                    )
                }
            })
        #expect(expected.count == 67)
        let found = Dictionary(uniqueKeysWithValues: try Self.campaign().map { ($0.id.rawValue, $0.original) })
        #expect(found == expected)
        let counts = Dictionary(grouping: try Self.campaign(), by: \.category).mapValues(\.count)
        #expect(counts == [.unit: 23, .integration: 23, .load: 9, .chaos: 12])
    }

    @Test func `unit and integration tests are critical, load and chaos are not`() throws {
        for descriptor in try Self.campaign() {
            #expect(
                descriptor.isCritical == [.unit, .integration].contains(descriptor.category), "\(descriptor.id)")
            #expect(descriptor.phase == .coreTests)
        }
    }

    @Test func `every entry is complete`() throws {
        for descriptor in try Self.campaign() {
            let texts = [
                descriptor.title, descriptor.intent, descriptor.procedure, descriptor.risk,
                descriptor.remediation.summary,
            ]
            #expect(texts.allSatisfy { !$0.isEmpty }, "\(descriptor.id)")
            #expect(descriptor.needs.contains(.reach(.api)), "\(descriptor.id)")
            #expect(descriptor.expectations.keys.sorted() == ["A", "B", "M", "fixed"], "\(descriptor.id)")
            #expect(descriptor.expectations.values.allSatisfy { !$0.isEmpty }, "\(descriptor.id)")
            #expect(descriptor.deadline > .zero, "\(descriptor.id)")
        }
    }

    @Test func `titles differ`() throws {
        let titles = try Self.campaign().map(\.title)
        #expect(Set(titles).count == titles.count)
    }

    @Test func `no test depends on one of a later category, which would run after it`() throws {
        let all = Dictionary(uniqueKeysWithValues: try Self.descriptors().map { ($0.id, $0) })
        for descriptor in try Self.campaign() {
            // What discovery finds is known before any of them.
            for dependency in descriptor.dependsOn where !dependency.rawValue.hasPrefix("SD-") {
                let target = try #require(all[dependency], "\(descriptor.id) depends on \(dependency)")
                #expect(target.category <= descriptor.category, "\(descriptor.id) depends on \(dependency)")
            }
        }
    }

    @Test func `what breaks a dependency of the deployment runs alone`() throws {
        for descriptor in try Self.campaign() {
            let breaks = descriptor.needs.contains { $0.rawValue.hasPrefix("faults:") }
            let isLaunched = descriptor.needs.contains(.launch)
            guard breaks, !isLaunched else { continue }
            #expect(descriptor.excludes == [.everything], "\(descriptor.id)")
        }
    }
}
