import Formats
import Settings
import Testing

/// Where the values of a configuration come from.
@Suite struct ConfigurationEntryTests {
    private static let text = """
        environment: staging
        services:
          api: https://${env:HOST}/v1/
        keys: { api: "${env:API_KEY}", reader: "${env:NOT_SET}", poor: "${secretsmanager:a/b#c}" }
        database:
          host: db.internal
          port: 6000
          password: ${file:password}
        aws: { ports: { api: 9000 }, load_balancers: [one] }
        absent: [balancer]
        limits:
          run_deadline: 5m
        probes:
          - name: one
            target: https://a.example/?key=${env:API_KEY}
            headers: { Authorization: "Bearer ${env:API_KEY}", Accept: text/plain }
            conditions: ["body contains ${env:HOST|public}"]
        """

    private func entries(_ text: String = Self.text) throws -> [String: ConfigurationEntry] {
        let configuration = try Configuration.parse(
            text.replacing("${file:password}", with: "${env:PASSWORD}"), path: "p.yaml",
            environment: ["HOST": "api.example", "API_KEY": "k-27", "PASSWORD": "fish"])
        return Dictionary(uniqueKeysWithValues: configuration.notes.entries.map { ($0.key, $0) })
    }

    @Test("a value comes from its line, with what it refers to; else it is the default")
    func tells() throws {
        let entries = try entries()
        func expect(_ key: String, _ value: JSONValue, _ source: ConfigurationEntry.Source, _ references: [String] = [])
        {
            let entry = entries[key]
            #expect(
                entry?.value == value && entry?.source == source && entry?.references == references,
                "\(key): \(String(describing: entry))")
        }
        expect("environment", "staging", .file(line: 1))
        expect("production", false, .standard)
        expect("services.api", "https://api.example/v1/", .file(line: 3), ["${env:HOST}"])
        expect("services.registry", "https://api.example/v1", .setting("services.api"))
        expect("services.mlflow", "https://api.example/v1/api/mlflow", .setting("services.registry"))
        expect("services.auth", .null, .standard)
        expect("database.port", 6000, .file(line: 7))
        expect("database.tls", "require", .standard)
        expect("database.connect_timeout", "10s", .standard)
        expect("redis", .null, .standard)
        expect("aws.ports.api", 9000, .file(line: 9))
        expect("aws.ports.auth", 8000, .standard)
        expect("aws.ecs_services.api", "hokusai-api-staging", .standard)
        expect("aws.load_balancers", .array([]), .setting("absent"))
        expect("limits.run_deadline", "300s", .file(line: 12))
        expect("limits.maximum_age.load", "600s", .standard)
        expect("probes[0].name", "one", .file(line: 14))
        expect("probes[0].headers.Accept", "text/plain", .file(line: 16))
    }

    @Test("a secret, and what stands in a place of secrets, is a placeholder, however short it is")
    func masks() throws {
        let entries = try entries()
        #expect(entries["keys.api"]?.value == "‹secret:api-key›" && entries["keys.api"]?.isResolved == true)
        #expect(entries["keys.reader"]?.isResolved == false)
        #expect(entries["keys.poor"]?.isResolved == false)
        #expect(entries["keys.poor"]?.references == ["${secretsmanager:a/b#c}"])
        #expect(entries["database.password"]?.value == "‹secret:database-password›")
        #expect(entries["probes[0].target"]?.value == "https://a.example/?key=‹secret:api-key›")
        #expect(entries["probes[0].headers.Authorization"]?.value == "Bearer ‹secret:api-key›")
        #expect(entries["probes[0].conditions"]?.value == ["body contains api.example"])
        for entry in entries.values {
            #expect(!entry.value.text.contains("k-27") && !entry.value.text.contains("fish"), "\(entry)")
        }
    }

    @Test("an option stands where the file stood")
    func overrides() throws {
        var configuration = try Configuration.parse("environment: test", path: "p", environment: [:])
        configuration.replaceBreakerPatience(.milliseconds(1500), by: "--breaker-patience")
        let entry = configuration.notes.entries.first { $0.key == "breaker.patience" }
        #expect(entry?.value == "1500ms" && entry?.source == .option("--breaker-patience"))
        #expect(configuration.breaker.patience == .milliseconds(1500))
    }

    @Test("a configuration of thousands of probes keeps a bounded number, and says how many more there are")
    func bounds() throws {
        let probes = (0..<1000).map { "  - { name: p\($0), target: \"http://a.example/\" }\n" }.joined()
        let notes = try Configuration.parse("environment: test\nprobes:\n\(probes)", path: "p", environment: [:]).notes
        #expect(notes.entries.count == 5000 && notes.furtherEntries > 3000)
    }
}
