import Formats
import Foundation
import Glibc
import RunModel
import Secrets
import Settings
import TestSupport
import Testing

/// What a user sees who made a mistake in the configuration.
@Suite struct ConfigurationErrorTests {
    private func problems(_ text: String, environment: [String: String] = [:]) -> [ConfigurationProblem] {
        do {
            _ = try Configuration.parse(text, path: "plumbline.yaml", environment: environment)
            return []
        } catch {
            return error.problems
        }
    }

    @Test("the smallest configuration names its environment")
    func smallest() throws {
        let configuration = try Configuration.parse("environment: staging", path: "c.yaml", environment: [:])
        #expect(configuration.environment == "staging")
        #expect(!configuration.isProduction)
        #expect(configuration.aws == nil && configuration.database == nil && configuration.redis == nil)
    }

    @Test("an address of IPv6 is read in every spelling, and a host with a port is refused")
    func addresses() throws {
        let text = """
            environment: test
            services: { api: "http://[::1]:8001", auth: "http://[fe80::1%25lo]:8000", resolve: { "[0:0::1]": "[::1]" } }
            database: { host: "[::1]" }
            redis: { host: "0:0:0:0:0:0:0:1" }
            """
        let configuration = try Configuration.parse(text, path: "c", environment: [:])
        #expect(configuration.database?.host == "::1" && configuration.redis?.host == "::1")
        #expect(configuration.services.resolve == ["::1": "::1"])
        for host in ["db.example:5432", "[::1]:5432", "[zz]", "postgresql://db.example"] {
            let found = problems("environment: test\ndatabase: { host: \"\(host)\" }")
            #expect(found.map(\.key) == ["database.host"], "\(host)")
        }
        #expect(problems("environment: test\nservices: { api: \"http://[zz]:1\" }").map(\.key) == ["services.api"])
    }

    @Test("an environment called production counts as production unless the file says otherwise")
    func production() throws {
        #expect(try Configuration.parse("environment: production", path: "c", environment: [:]).isProduction)
        let other = "environment: production\nproduction: false"
        #expect(try !Configuration.parse(other, path: "c", environment: [:]).isProduction)
    }

    @Test(
        "a missing environment is reported at its key, whether the key is left out, empty, null or blank",
        arguments: ["services: {}", "environment:", "environment: ~", "environment: null", "environment: ''"])
    func missing(text: String) {
        let found = problems(text)
        #expect(found.count == 1)
        #expect(found.first?.key == "environment")
    }

    struct Mistake: Sendable, CustomTestStringConvertible {
        var yaml: String
        var line: Int
        var key: String
        var expected: String
        var got: String
        var testDescription: String { "\(key) got \(got)" }
    }

    static let mistakes = [
        Mistake(
            yaml: "faults:\n  lease: 120", line: 3, key: "faults.lease",
            expected: "a duration with its unit, such as 500ms, 10s, 5m or 1h", got: "‘120’"),
        Mistake(
            yaml: "absent: [redis, balancers]", line: 2, key: "absent",
            expected: "parts of balancer, redis, auth-administration, metrics, detailed-health", got: "‘balancers’"),
        Mistake(
            yaml: "absent: [redis]\nredis: { host: h }", line: 2, key: "absent",
            expected: "no redis, or no `redis` section", got: "both"),
        Mistake(
            yaml: "limits:\n  parallel_checks: many", line: 3, key: "limits.parallel_checks",
            expected: "a whole number from 1 to 64", got: "‘many’"),
        Mistake(
            yaml: "limits:\n  parallel_checks: 65", line: 3, key: "limits.parallel_checks",
            expected: "a whole number from 1 to 64", got: "‘65’"),
        Mistake(
            yaml: "limits:\n  parallel_checks: [1]", line: 3, key: "limits.parallel_checks", expected: "a text",
            got: "a list"),
        Mistake(
            yaml: "limits:\n  load_window: 10ms", line: 3, key: "limits.load_window",
            expected: "a duration from 200ms to 60s", got: "10 ms"),
        Mistake(
            yaml: "limits:\n  run_deadline: soon", line: 3, key: "limits.run_deadline",
            expected: "a duration such as 500ms, 10s, 5m or 1h", got: "‘soon’"),
        Mistake(
            yaml: "limits:\n  run_deadline: -5s", line: 3, key: "limits.run_deadline",
            expected: "a duration such as 500ms, 10s, 5m or 1h", got: "‘-5s’"),
        Mistake(
            yaml: "gate:\n  minimum_coverage: 1.5", line: 3, key: "gate.minimum_coverage",
            expected: "a number from 0.0 to 1.0", got: "‘1.5’"),
        Mistake(yaml: "production: maybe", line: 2, key: "production", expected: "true or false", got: "‘maybe’"),
        Mistake(
            yaml: "services: [1, 2]", line: 2, key: "services", expected: "a mapping of keys to values", got: "a list"),
        Mistake(
            yaml: "services: http://h", line: 2, key: "services", expected: "a mapping of keys to values",
            got: "‘http://h’"),
        Mistake(
            yaml: "services:\n  discovery_names: one", line: 3, key: "services.discovery_names",
            expected: "a list of texts", got: "‘one’"),
        Mistake(
            yaml: "services:\n  discovery_names:\n    - [a]", line: 4, key: "services.discovery_names[0]",
            expected: "a text", got: "a list"),
        Mistake(
            yaml: "database:\n  host: db\n  tls: sometimes", line: 4, key: "database.tls",
            expected: "one of disable, prefer, require, verify-full", got: "‘sometimes’"),
        Mistake(
            yaml: "database:\n  host: db\n  port: 70000", line: 4, key: "database.port",
            expected: "a whole number from 1 to 65535", got: "‘70000’"),
        Mistake(
            yaml: "services:\n  ca_file: /nowhere/ca.pem", line: 3, key: "services.ca_file",
            expected: "a readable file", got: "/nowhere/ca.pem cannot be read: No such file or directory"),
        Mistake(yaml: "version: 2", line: 2, key: "version", expected: "1", got: "2"),
        Mistake(
            yaml: "limits:\n  maximum_age:\n    chaso: 1m", line: 4, key: "limits.maximum_age.chaso",
            expected: "a category: \(Category.allCases.map(\.rawValue).joined(separator: ", "))", got: "‘chaso’"),
        Mistake(
            yaml: "mutes:\n  - {check: A-1, owner: me, reason: why, expires: soon}", line: 3, key: "mutes[0].expires",
            expected: "a day such as 2026-03-31", got: "‘soon’"),
        Mistake(
            yaml: "mutes:\n  - {check: A-1, owner: me, reason: why, expires: 2026-02-31}", line: 3,
            key: "mutes[0].expires", expected: "a day such as 2026-03-31", got: "‘2026-02-31’"),
        Mistake(
            yaml: "launch:\n  command: [serve, --port, '1']", line: 3, key: "launch.command",
            expected: "{port} in one of the words", got: "[\"serve\", \"--port\", \"1\"]"),
        Mistake(
            yaml: "suites:\n  - name: unit", line: 3, key: "suites[0].command", expected: "a command line as a list",
            got: "nothing"),
        Mistake(
            yaml: "aws:\n  changes:\n    trail: https://bucket/logs", line: 4, key: "aws.changes.trail",
            expected: "a directory or s3://bucket/prefix", got: "‘https://bucket/logs’"),
        Mistake(
            yaml: "aws:\n  changes:\n    git: v1..v2", line: 4, key: "aws.changes.git",
            expected: "a mapping of keys to values", got: "‘v1..v2’"),
        Mistake(
            yaml: "aws:\n  changes:\n    git: {repository: ., range: --output=/etc/x}", line: 4,
            key: "aws.changes.git.range", expected: "a range of commits such as v1.4..HEAD", got: "‘--output=/etc/x’"),
        Mistake(
            yaml: "aws:\n  changes:\n    terraform_plan: [a]", line: 4, key: "aws.changes.terraform_plan",
            expected: "a text", got: "a list"),
        Mistake(
            yaml: "aws:\n  changes:\n    window: yesterday", line: 4, key: "aws.changes.window",
            expected: "a duration such as 500ms, 10s, 5m or 1h", got: "‘yesterday’"),
    ]

    @Test("a wrong value is reported with line, key, what was expected and what came", arguments: mistakes)
    func wrongValue(mistake: Mistake) throws {
        let found = problems("environment: staging\n" + mistake.yaml)
        let problem = try #require(found.first)
        #expect(found.count == 1, "\(found)")
        #expect(problem.line == mistake.line)
        #expect(problem.key == mistake.key)
        #expect(problem.expected == mistake.expected)
        #expect(problem.got == mistake.got)
        #expect(problem.description.hasPrefix("plumbline.yaml:\(mistake.line): \(mistake.key): expected "))
    }

    @Test(
        "an unknown key is reported with the nearest that exists",
        arguments: [
            ("servces: {}", "servces", "did you mean ‘services’?"),
            ("database: {host: h, usr: me}", "database.usr", "did you mean ‘user’?"),
            ("limits: {parallel_check: 3}", "limits.parallel_check", "did you mean ‘parallel_checks’?"),
        ])
    func unknownKey(yaml: String, key: String, advice: String) throws {
        let found = problems("environment: staging\n" + yaml)
        let problem = try #require(found.first)
        #expect(found.count == 1)
        #expect((problem.key, problem.line, problem.advice) == (key, 2, advice))
        #expect(problem.got == "an unknown key")
    }

    @Test("an unknown key that resembles nothing gets no suggestion and the list of keys")
    func strangeKey() throws {
        let problem = try #require(problems("environment: staging\nxylophone: 1").first)
        #expect(problem.advice == nil)
        #expect(problem.expected.hasPrefix("one of absent, aws, breaker, database, environment"))
    }

    @Test("all mistakes are reported at once, in the order of the file")
    func several() {
        let found = problems(
            """
            envronment: staging
            limits:
              parallel_checks: lots
              run_deadline: never
            database:
              port: 0
            """)
        #expect(
            found.compactMap(\.key).sorted() == [
                "database.host", "database.port", "environment", "envronment", "limits.parallel_checks",
                "limits.run_deadline",
            ])
        let lines = found.map { $0.line ?? 0 }
        #expect(lines == lines.sorted())
    }

    @Test(
        "text that is no YAML is reported with its line and without the file's own text",
        arguments: [
            ("environment: staging\nservices: [1\nkey: 2 hk_live_shown", 3),
            ("environment: staging\n\tservices: 1", 2),
            ("environment: 'open", 1),
            ("environment: staging\nkeys: {}\nenvironment: prod", 1),
        ])
    func notYAML(text: String, line: Int) throws {
        let found = problems(text)
        let problem = try #require(found.first)
        #expect(found.count == 1)
        #expect(problem.expected == "YAML")
        #expect(problem.line == line)
        #expect(!problem.description.contains("hk_live_shown"))
    }

    @Test(
        "nesting without end is an error and not a crash",
        arguments: [
            "environment: " + String(repeating: "[", count: 100_000),
            "environment: " + String(repeating: "{a: ", count: 100_000),
            "environment:\n" + String(repeating: "- ", count: 100_000),
            "environment:\n" + String(repeating: "? ", count: 100_000),
            (0..<1000).map { String(repeating: " ", count: $0) + "a:" }.joined(separator: "\n"),
        ])
    func deep(text: String) throws {
        let problem = try #require(problems(text).first)
        #expect(problem.expected == "YAML")
        #expect(problem.description.count < 500)
    }

    @Test(
        "of a flood of mistakes some hundred are reported, and how many more there are",
        arguments: ["key_%: 1", "thresholds.X-%: x", "keys.k%: x", "limits.key_%: 1"])
    func flood(line: String) throws {
        let parts = line.split(separator: ".")
        let prefix = parts.count == 2 ? "\(parts[0]):\n" : ""
        let lines = (0..<20_000).map {
            (prefix.isEmpty ? "" : "  ") + parts[parts.count - 1].replacing("%", with: "\($0)")
        }
        let found = problems("environment: staging\n" + prefix + lines.joined(separator: "\n"))
        #expect(found.count == 201)
        #expect(found.last?.got == "19800 more")
        #expect(found.first?.line == (prefix.isEmpty ? 2 : 3))
    }

    @Test(
        "the database is asked for TLS unless it is on this machine",
        arguments: [
            ("db.example.com", "require"), ("10.0.0.1", "require"), ("localhost.example.com", "require"),
            ("127.0.0.1.example.com", "require"), ("127.1", "require"), ("localhost", "prefer"),
            ("LOCALHOST", "prefer"),
            ("db.localhost", "prefer"), ("127.0.0.1", "prefer"), ("127.8.9.10", "prefer"), ("::1", "prefer"),
            ("/var/run/postgresql", "prefer"),
        ])
    func databaseTLS(host: String, mode: String) throws {
        let yaml = "environment: staging\ndatabase: { host: \"\(host)\" }"
        let database = try #require(try Configuration.parse(yaml, path: "c", environment: [:]).database)
        #expect(database.tls.rawValue == mode)
        #expect(!database.allowsCleartextPassword)
    }

    @Test("what is no regular file is refused at once, wherever a configuration names one")
    func notFiles() async throws {
        try await withTemporaryDirectory { directory in
            let pipe = directory.appending(path: "pipe").path
            #expect(mkfifo(pipe, 0o600) == 0)
            for path in [pipe, "/dev/zero", directory.path] {
                for text in ["services: { ca_file: \"\(path)\" }", "keys: { api: \"${file:\(path)}\" }"] {
                    let problem = try #require(problems("environment: staging\n" + text).first)
                    #expect(problem.got.contains("not a regular file"), "\(problem)")
                }
                #expect(throws: ConfigurationError.self) { try Configuration.load(path: path, environment: [:]) }
            }
        }
    }

    @Test("aliases that multiply are read without multiplying")
    func laughs() {
        var yaml = "environment: staging\nkeys: {}\nx0: &x0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
        for level in 1...9 {
            let aliases = Array(repeating: "*x\(level - 1)", count: 9).joined(separator: ", ")
            yaml += "x\(level): &x\(level) [\(aliases)]\n"
        }
        #expect(problems(yaml).allSatisfy { $0.got == "an unknown key" })
    }

    @Test(
        "a secret in clear is refused and not shown",
        arguments: [
            "keys:\n  api: hk_live_0123456789abcdef", "database:\n  host: h\n  password: swordfish-in-clear",
            "redis:\n  host: h\n  password: swordfish-in-clear", "keys:\n  api: ${wrong:NAME}",
            "keys:\n  api: ${env:}", "keys:\n  api: [a]",
        ])
    func secretInClear(yaml: String) throws {
        let problem = try #require(problems("environment: staging\n" + yaml).first)
        #expect(problem.got == "a value in clear")
        #expect(problem.expected.contains("${env:NAME}"))
        #expect(!problem.description.contains("swordfish") && !problem.description.contains("hk_live_0"))
    }

    @Test("a secret's variable that is not set leaves the secret without a value, which is no mistake")
    func unsetSecret() throws {
        let text = "environment: staging\nkeys:\n  api: ${env:NOT_THERE}\n  other: ${env:THERE}\n  void: ${env:VOID}"
        let configuration = try Configuration.parse(
            text, path: "c", environment: ["THERE": "value-of-it", "VOID": ""])
        #expect(configuration.keys["api"]?.isResolved == false)
        #expect(configuration.keys["void"]?.isResolved == false)
        #expect(configuration.keys["other"]?.reveal() == "value-of-it")
    }

    @Test("a plain value's variable that is not set is reported with what to export")
    func unsetVariable() throws {
        let problem = try #require(problems("environment: ${env:STAGE}").first { $0.expected.contains("variable") })
        #expect((problem.key, problem.line, problem.got) == ("environment", 1, "it is not set"))
        #expect(problem.advice == "export STAGE=…")
    }

    @Test("a reference that is not closed or not known is reported", arguments: ["${env:A", "x${nothing:A}y", "${}"])
    func brokenReference(text: String) {
        #expect(problems("environment: \"\(text)\"", environment: ["A": "a"]).contains { $0.key == "environment" })
    }

    @Test("a message shows a reference as it stands in the file, never what it gave")
    func interpolatedValueIsNotShown() throws {
        let yaml = "environment: staging\ndatabase:\n  host: h\n  port: ${env:DB_PASSWORD}"
        let problem = try #require(problems(yaml, environment: ["DB_PASSWORD": "swordfish"]).first)
        #expect(problem.got == "‘${env:DB_PASSWORD}’")
    }

    @Test(
        "a URL must be http, have a host and a possible port, and carry no credentials",
        arguments: [
            "ftp://host", "host:80", "http://", "not a url", "http://h:99999/", "http://user:swordfish@host",
            "http://user@host", "ftp://user:swordfish@host",
        ])
    func wrongURL(text: String) throws {
        let found = problems("environment: staging\nservices:\n  api: \"\(text)\"")
        let problem = try #require(found.first)
        #expect(problem.key == "services.api" && problem.line == 3)
        #expect(!problem.description.contains("swordfish"))
    }

    @Test("a URL loses its final slash, and what is not given follows from what is")
    func services() throws {
        let yaml = "environment: staging\nservices:\n  api: https://api.example.test/"
        let services = try Configuration.parse(yaml, path: "c", environment: [:]).services
        #expect(services.api == "https://api.example.test")
        #expect(services.registry == "https://api.example.test")
        #expect(services.mlflow == "https://api.example.test/api/mlflow")
        #expect(services.auth == nil)
    }

    @Test(
        "durations are read with their unit",
        arguments: [
            ("500ms", Duration.milliseconds(500)), ("10s", .seconds(10)), ("2.5s", .milliseconds(2500)),
            ("5m", .seconds(300)), ("1h", .seconds(3600)), ("7", .seconds(7)), ("0", .zero),
        ])
    func durations(text: String, expected: Duration) {
        #expect(Duration(text: text) == expected)
    }

    @Test(
        "what is no duration is refused", arguments: ["", "s", "ms", "-1s", "1d", "1e99h", "nan", "inf", "1 s", "1,5s"])
    func noDurations(text: String) {
        #expect(Duration(text: text) == nil)
    }

    @Test("a file that is not there, is no text or is too large is reported as such")
    func files() async throws {
        try await withTemporaryDirectory { directory in
            func problem(_ name: String) -> ConfigurationProblem? {
                do {
                    _ = try Configuration.load(path: directory.appending(path: name).path, environment: [:])
                    return nil
                } catch { return error.problems.first }
            }
            #expect(problem("absent.yaml")?.got == "no such file")
            #expect(problem("absent.yaml")?.advice?.contains("plumbline init") == true)
            #expect(problem("")?.got == "one that is a directory, not a regular file")
            try Data([0xFF, 0xFE, 0x00]).write(to: directory.appending(path: "binary.yaml"))
            #expect(problem("binary.yaml")?.expected == "UTF-8 text")
            try Data(repeating: 0x20, count: (1 << 20) + 1).write(to: directory.appending(path: "large.yaml"))
            #expect(problem("large.yaml")?.got == "one that is larger than 1 MiB")
        }
    }

    @Test("a secret's file is found beside the configuration; its final newline is not part of the value")
    func secretFile() async throws {
        try await withTemporaryDirectory { directory in
            try Data("from-a-file\n".utf8).write(to: directory.appending(path: "key"))
            let path = directory.appending(path: "c.yaml").path
            let text = "environment: staging\nkeys:\n  api: ${file:key}"
            #expect(try Configuration.parse(text, path: path, environment: [:]).keys["api"]?.reveal() == "from-a-file")
            let missing = "environment: staging\nkeys:\n  api: ${file:nothing}"
            #expect(throws: ConfigurationError.self) {
                try Configuration.parse(missing, path: path, environment: [:])
            }
        }
    }

    @Test("what a reference in a header or a command's variable gives is known to the redactor")
    func headersAreSecret() throws {
        let yaml = """
            environment: staging
            probes:
              - name: p
                target: http://h/
                headers: {Authorization: "Bearer ${env:TOKEN}", X-Plain: visible}
            suites:
              - name: s
                command: [run]
                environment: {SOME_PASSWORD: "${env:OTHER}"}
            """
        let configuration = try Configuration.parse(
            yaml, path: "c", environment: ["TOKEN": "token-from-environment", "OTHER": "other-from-environment"])
        #expect(configuration.probes[0].headers["Authorization"] == "Bearer token-from-environment")
        let redactor = Redactor(configuration.secrets)
        let text = redactor.masked("sent Bearer token-from-environment and other-from-environment, visible")
        #expect(text == "sent Bearer ‹secret:token› and ‹secret:other›, visible")
    }
}
