import Secrets
import Testing

@testable import Settings

@Suite struct SecretReferenceTests {
    private static let environment = [
        "A": "value-of-a-1", "B": "value-of-b-2", "C": "value-of-c-3", "HOST": "host.example.com", "SIX": "abc123",
        "TINY": "abc", "WORD": "staging-cluster",
    ]

    private func configuration(_ yaml: String) throws -> Configuration {
        try Configuration.parse("environment: staging\n" + yaml, path: "c", environment: Self.environment)
    }

    private func secrets(_ yaml: String) throws -> [String] {
        try configuration(yaml).secrets.compactMap { $0.reveal() }.sorted()
    }

    @Test(
        "what a reference gives is a secret where people put credentials, and a setting elsewhere",
        arguments: [
            ("keys: { api: '${env:A}' }", ["value-of-a-1"]),
            ("database: { host: '${env:HOST}', password: '${env:A}' }", ["value-of-a-1"]),
            ("redis: { host: '${env:HOST}' }", []), ("services: { api: 'https://${env:HOST}/x' }", []),
            ("aws: { region: '${env:A}' }", []),
            ("probes: [{ name: p, target: 'http://${env:HOST}/', headers: { X: '${env:SIX}' } }]", ["abc123"]),
            ("probes: [{ name: p, target: 'http://h/?key=${env:A}' }]", ["value-of-a-1"]),
            ("probes: [{ name: p, target: 'http://u:${env:A}@h/${env:B}' }]", ["value-of-a-1"]),
            ("probes: [{ name: p, target: 'http://h/', body: '${env:A}' }]", ["value-of-a-1"]),
            ("probes: [{ name: p, target: 'http://h/', conditions: ['json.a == ${env:A}'] }]", ["value-of-a-1"]),
            ("probes: [{ name: p, kind: sql, target: \"SELECT '${env:A}'\" }]", ["value-of-a-1"]),
            ("probes: [{ name: 'p ${env:A}', target: 'http://h/' }]", ["value-of-a-1"]),
            (
                "suites: [{ name: s, command: [run, '${env:A}'], environment: { X: '${env:B}' } }]",
                ["value-of-a-1", "value-of-b-2"]
            ),
            (
                "launch: { command: ['x', '{port}', '${env:A}'], variants: { v: { X: '${env:B}' } } }",
                ["value-of-a-1", "value-of-b-2"]
            ),
            (
                "faults: { commands: { memory: { start: ['${env:A}'], stop: ['${env:B}'], environment: { X: '${env:C}' } } } }",
                ["value-of-a-1", "value-of-b-2", "value-of-c-3"]
            ),
        ])
    func places(yaml: String, expected: [String]) throws {
        #expect(try secrets(yaml) == expected)
    }

    @Test(
        "a mark overrides the place",
        arguments: [
            ("services: { api: 'https://${env:HOST|secret}/' }", ["host.example.com"]),
            ("probes: [{ name: p, target: 'http://h/', headers: { X: '${env:A|public}' } }]", []),
            ("probes: [{ name: p, target: 'http://h/?a=${env:A|public}&b=${env:B}' }]", ["value-of-b-2"]),
            ("keys: { api: '${env:A|secret}' }", ["value-of-a-1"]),
        ])
    func marks(yaml: String, expected: [String]) throws {
        #expect(try secrets(yaml) == expected)
    }

    @Test("a secret in a name stands there as its placeholder: ids are made of names")
    func names() throws {
        let configuration = try configuration("probes: [{ name: 'p ${env:A}', target: 'http://h/' }]")
        #expect(configuration.probes[0].name == "p ‹secret:a›")
    }

    @Test(
        "a secret that cannot be masked well gives a warning with its place, and not its value",
        arguments: [("SIX", "only 6 bytes"), ("TINY", "cannot be masked"), ("WORD", "a word that stands in any text")])
    func warnings(name: String, text: String) throws {
        let yaml =
            "aws: { cluster: staging-cluster }\nprobes: [{ name: p, target: 'http://h/', headers: { X: '${env:\(name)}' } }]"
        let warnings = try configuration(yaml).notes.warnings
        #expect(warnings.count == 1)
        let warning = "\(warnings.first?.description ?? "")"
        #expect(warning.contains(text) && warning.contains("c:3") && warning.contains("headers.X"))
        #expect(!warning.contains(Self.environment[name] ?? ""))
    }

    @Test("a secret of eight bytes or more gives none")
    func noWarning() throws {
        #expect(try configuration("keys: { api: '${env:A}' }").notes.warnings.isEmpty)
    }
}
