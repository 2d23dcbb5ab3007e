import Foundation
import TestSupport
import Testing
import Yams

@testable import Settings

@Suite struct ConfigurationSchemaTests {
    /// A mapping with fixed keys somewhere in the schema.
    struct Place: CustomTestStringConvertible, Sendable {
        /// From the outermost mapping; `[]` stands for an element of a list.
        let path: [String]
        let names: Set<String>

        var testDescription: String { path.joined(separator: ".") }

        /// A configuration with one key at the place that nobody knows.
        var text: String {
            "environment: test\n"
                + path.reversed().reduce("{zz: 1}") { $1 == "[]" ? "[\($0)]" : "{\($1): \($0)}" }.dropFirst().dropLast()
        }
    }

    private static let places: [Place] = {
        guard let root = try? SchemaCheck(named: "configuration").root else { return [] }
        return places(in: root, [])
    }()

    private static func places(in schema: [String: Any], _ path: [String]) -> [Place] {
        let properties = schema["properties"] as? [String: [String: Any]]
        var found = properties.map { [Place(path: path, names: Set($0.keys))] } ?? []
        for (name, member) in (properties ?? [:]).sorted(by: { $0.key < $1.key }) {
            found += places(in: member, path + [name])
        }
        if let items = schema["items"] as? [String: Any] { found += places(in: items, path + ["[]"]) }
        if let others = schema["additionalProperties"] as? [String: Any] {
            let names = (schema["propertyNames"] as? [String: Any])?["enum"] as? [String]
            found += places(in: others, path + [names?.first ?? "mlflow"])
        }
        return found
    }

    @Test("The schema names every key that is read, in every mapping, and none that is not", arguments: places)
    func namesKeys(place: Place) throws {
        let problems = Self.problems(of: place.text)
        let unknown = try #require(problems.first { $0.got == "an unknown key" && $0.key?.hasSuffix("zz") == true })
        let read = unknown.expected.dropFirst("one of ".count).split(separator: ", ").map(String.init)
        #expect(Set(read) == place.names)
    }

    @Test("Every section is looked into")
    func findsPlaces() {
        let sections = Set(Self.places.compactMap(\.path.first))
        #expect(
            sections == [
                "services", "database", "redis", "aws", "breaker", "faults", "launch", "requirements", "limits", "gate",
                "mutes", "state", "submit", "suites", "probes", "owners",
            ])
        #expect(Self.places.contains { $0.path == ["aws", "changes", "git"] })
        #expect(Self.places.contains { $0.path == ["faults", "commands", "mlflow"] })
    }

    @Test("The lines of sections and of the keys in them are known")
    func notesLines() throws {
        let text = """
            environment: test
            services:
              api: http://api.localhost
            database:
              host: db.localhost
            probes:
              - { name: one, target: "http://api.localhost/" }
            """
        let lines = try Configuration.parse(text, path: "test.yaml", environment: [:]).notes.lines
        #expect(
            lines == [
                "environment": 1, "services": 2, "services.api": 3, "database": 4, "database.host": 5, "probes": 6,
            ])
    }

    @Test(
        "The configurations of README and guide are as the schema says",
        arguments: ["README.md", "Sources/plumbline/Documentation.docc/Guide-Configuration.md"])
    func fitsDocuments(page: String) throws {
        let document = try String(contentsOf: Self.root.appending(path: page), encoding: .utf8)
        let start = try #require(document.firstRange(of: "```yaml\nenvironment:"))
        let rest = document[start.lowerBound...].dropFirst("```yaml\n".count)
        let text = String(rest[..<(try #require(rest.firstRange(of: "\n```"))).lowerBound])
        #expect(try SchemaCheck(named: "configuration").faults(in: try Self.value(of: text)) == [])
    }

    @Test(
        "What the reader refuses for its kind, the schema refuses too",
        arguments: [
            "services: {api: ftp://example.com}", "keys: {api: in-clear}", "database: {host: db, port: 70000}",
            "database: {host: db, tls: always}", "database: {port: 5432}", "limits: {parallel_checks: lots}",
            "limits: {run_deadline: 90}", "limits: {run_deadline: soon}", "gate: {minimum_coverage: 1.5}",
            "aws: {buckets: one}", "absent: [everything]", "owners: {kitchen: {name: Cooks}}", "owners: {database: {}}",
            "logs: {kitchen: /var/log/kitchen.log}", "probes: [{name: one}]", "suites: [{name: unit}]",
            "mutes: [{check: SH-13, owner: team, reason: known, expires: soon}]", "production: perhaps",
            "faults: {commands: {mlflow: {start: [stop]}}}", "launch: {parallel: 0, command: [serve, \"{port}\"]}",
        ])
    func refuses(line: String) throws {
        let text = "environment: test\n\(line)\n"
        #expect(!Self.problems(of: text).isEmpty)
        #expect(try !SchemaCheck(named: "configuration").faults(in: try Self.value(of: text)).isEmpty)
    }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")

    private static func problems(of text: String) -> [ConfigurationProblem] {
        do {
            _ = try Configuration.parse(text, path: "test.yaml", environment: [:])
            return []
        } catch {
            return error.problems
        }
    }

    /// The text as an editor with the schema sees it: as JSON.
    private static func value(of text: String) throws -> Any {
        let plain = plain(try Yams.load(yaml: text) ?? [:])
        return try JSONSerialization.jsonObject(with: JSONSerialization.data(withJSONObject: plain))
    }

    /// YAML's days are texts to JSON.
    private static func plain(_ value: Any) -> Any {
        switch value {
        case let date as Date: String(date.ISO8601Format().prefix(10))
        case let list as [Any]: list.map(plain)
        case let mapping as [AnyHashable: Any]:
            Dictionary(mapping.map { ("\($0.key)", plain($0.value)) }) { first, _ in first }
        default: value
        }
    }
}
