import Testing

@testable import ValidationChecks

@Suite struct HealthContradictionTests {
    private static let healthy = HealthContradictions.Round(
        breaker: "CLOSED", connected: true, readyMLflow: true, readyDatabase: true, degraded: false, gauge: 0,
        connectionGauge: 1, health: "healthy", healthMLflow: "healthy")

    @Test("A healthy system tells one story") func healthy() {
        #expect(HealthContradictions.contradictions(in: Self.healthy) == [])
    }

    @Test("An outage that all pages tell is no contradiction") func outage() {
        var round = Self.healthy
        round.connected = false
        round.readyMLflow = false
        round.degraded = true
        round.connectionGauge = 0
        round.healthMLflow = "unhealthy"
        round.health = "degraded"
        #expect(HealthContradictions.contradictions(in: round) == [])
    }

    @Test(
        "Each pair that cannot both be true is found, and nothing else",
        arguments: [
            ("gauge", "gauge"), ("connected", "connected"), ("database", "database"), ("health", "MLflow passed"),
            ("degraded", "not degraded"), ("connectionGauge", "mlflow_connection_status"),
        ])
    func contradiction(change: String, word: String) {
        var round = Self.healthy
        switch change {
        case "gauge": round.gauge = 2
        case "connected":
            round.connected = false
            round.connectionGauge = 0
        case "database": round.readyDatabase = false
        case "health": round.healthMLflow = "degraded"
        case "connectionGauge": round.connectionGauge = 0
        default:
            round.readyMLflow = false
            round.connected = false
            round.connectionGauge = 0
        }
        let found = HealthContradictions.contradictions(in: round)
        #expect(found.count == 1)
        #expect(found.first?.contains(word) == true)
    }

    @Test("What a page does not tell contradicts nothing") func silence() {
        #expect(HealthContradictions.contradictions(in: .init()) == [])
    }
}
