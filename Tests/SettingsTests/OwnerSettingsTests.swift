import RunModel
import Settings
import Testing

@Suite struct OwnerSettingsTests {
    private func parse(_ text: String) throws(ConfigurationError) -> Configuration {
        try Configuration.parse("environment: test\n" + text, path: "/etc/plumbline/plumbline.yaml", environment: [:])
    }

    @Test("Owners are read by area, and logs of services beside the configuration")
    func reads() throws {
        let configuration = try parse(
            """
            owners:
              database: { name: Data platform, channel: "#data", contact: rota data, escalation: head of data }
              network: { name: Network }
            logs: { api: logs/api.log, mlflow: /var/log/mlflow.log }
            """)
        #expect(
            configuration.owners["database"]
                == Owner(name: "Data platform", channel: "#data", contact: "rota data", escalation: "head of data"))
        #expect(configuration.owners["network"] == Owner(name: "Network"))
        #expect(configuration.logs == ["api": "/etc/plumbline/logs/api.log", "mlflow": "/var/log/mlflow.log"])
    }

    @Test(
        "An area or a service that there is not is told with the nearest one",
        arguments: [
            ("owners: { databse: { name: X } }", "did you mean ‘database’?"),
            ("owners: { database: { channel: x } }", "owners.database.name"),
            ("logs: { ap: x.log }", "did you mean ‘api’?"),
        ])
    func refuses(text: String, expected: String) throws {
        let error = try #require(throws: ConfigurationError.self) { try parse(text) }
        #expect("\(error)".contains(expected), "\(error)")
    }
}
