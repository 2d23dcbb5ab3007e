import Formats
import Foundation
import TestSupport
import Testing

/// A first configuration, and what `config` says of one. No server is needed.
@Suite struct InitCommandTests {
    private static let address = "http://127.0.0.1:1"

    private func run(
        _ arguments: [String], in directory: URL, wrapper: [String] = [], environment: [String: String] = [:]
    ) async throws -> CommandLineProcess.End {
        try await CommandLineProcess.run(arguments, in: directory, wrapper: wrapper, environment: environment)
    }

    /// The settings of a configuration by key, as `config show --json` prints them.
    private func settings(
        _ file: String, in directory: URL, _ options: [String] = [], environment: [String: String] = [:]
    ) async throws -> [String: JSONValue] {
        let end = try await run(
            ["config", "show", "--config", file, "--json"] + options, in: directory, environment: environment)
        #expect(end.status == 0, "\(end.errors)")
        let list = try #require(end.json?["settings"]?.array)
        return Dictionary(list.compactMap { entry in entry["key"]?.string.map { ($0, entry) } }) { first, _ in first }
    }

    @Test(
        "what is written is a configuration that the plan accepts, whatever is known of the deployment",
        arguments: [
            [], ["--api", address], ["--environment", "production"],
            [
                "--api", address, "--registry", "http://[::1]:2/v1", "--auth", "\(address)/a", "--mlflow", address,
                "--database", "db.internal:6000", "--redis", "[::1]:7000", "--environment", "no",
            ],
        ])
    func isAccepted(options: [String]) async throws {
        try await withTemporaryDirectory { directory in
            let end = try await run(["init", "first.yaml", "--yes", "--offline"] + options, in: directory)
            #expect(end.status == 0 && end.output == "first.yaml\n", "\(end.errors)")
            #expect(end.errors.contains("plumbline plan --config first.yaml"))
            let check = try await run(["config", "check", "--config", "first.yaml"], in: directory)
            #expect(check.status == 0 && check.output.contains("first.yaml is sound"), "\(check.errors)")
            let plan = try await run(["plan", "--config", "first.yaml", "--offline"], in: directory)
            #expect(plan.status == 0 && plan.output.contains(" checks will run."), "\(plan.errors)")
            let settings = try await settings("first.yaml", in: directory)
            for (option, key) in [
                ("--api", "services.api"), ("--registry", "services.registry"), ("--auth", "services.auth"),
                ("--mlflow", "services.mlflow_direct"), ("--environment", "environment"),
            ] {
                guard let index = options.firstIndex(of: option) else { continue }
                #expect(settings[key]?["value"]?.string == options[index + 1])
                #expect(settings[key]?["source"] == "file")
            }
            if options.contains("--database") {
                #expect(settings["database.host"]?["value"] == "db.internal")
                #expect(settings["database.port"]?["value"] == 6000)
                #expect(settings["redis.host"]?["value"]?.string?.contains("::1") == true)
            }
        }
    }

    @Test("every section of the schema is explained in what is written")
    func explainsSections() async throws {
        try await withTemporaryDirectory { directory in
            _ = try await run(["init", "first.yaml", "--yes", "--offline"], in: directory)
            let text = try String(contentsOf: directory.appending(path: "first.yaml"), encoding: .utf8)
            let schema = try await run(["schema", "configuration"], in: directory)
            let sections = try #require(schema.json?["properties"]?.object)
            for section in sections.keys {
                #expect(text.contains(try Regex("(?m)^(# )?\(section):")), "\(section)")
            }
        }
    }

    @Test(
        "a wrong option writes nothing and says what is expected",
        arguments: [
            (["--api", "nonsense"], "--api: expected an http or https URL"),
            (["--environment", "a/b"], "--environment"),
            (["--database", "postgres://a/b"], "--database: expected a host"), (["--auth", "http://u:p@h/"], "--auth"),
        ])
    func refuses(options: [String], mention: String) async throws {
        try await withTemporaryDirectory { directory in
            let end = try await run(["init", "--yes", "--offline"] + options, in: directory)
            #expect(end.status == 2 && end.errors.contains(mention), "\(end.errors)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
        }
    }

    @Test("a file that is there is not replaced")
    func keepsFiles() async throws {
        try await withTemporaryDirectory { directory in
            try Data("mine".utf8).write(to: directory.appending(path: "plumbline.yaml"))
            let end = try await run(["init", "--yes", "--offline"], in: directory)
            #expect(end.status == 2 && end.errors.contains("it is not replaced"))
            #expect(try String(contentsOf: directory.appending(path: "plumbline.yaml"), encoding: .utf8) == "mine")
        }
    }

    @Test("on a terminal it asks, asks again after nonsense, and the end of the input takes what is left as it is")
    func asks() async throws {
        try await withTemporaryDirectory { directory in
            let end = try await run(
                ["init", "--environment", "test", "--offline"], in: directory,
                wrapper: [
                    "python3", PythonEnvironment.script("answer_prompt.py"), "URL of the API",
                    "nonsense\r\(Self.address)\r\u{4}",
                ])
            #expect(end.status == 0, "\(end.output)")
            #expect(end.output.contains("expected an http or https URL"), "\(end.output)")
            let settings = try await settings("plumbline.yaml", in: directory)
            #expect(settings["services.api"]?["value"]?.string == Self.address)
            #expect(settings["services.auth"]?["value"] == .null)
        }
    }

    @Test("without a terminal nothing is asked, also without --yes")
    func asksNobody() async throws {
        try await withTemporaryDirectory { directory in
            let end = try await run(
                ["init", "--offline"], in: directory, wrapper: ["sh", "-c", "exec \"$@\" < /dev/zero", "sh"])
            #expect(end.status == 0 && !end.errors.contains("URL of the API"))
        }
    }

    @Test("settings are shown with their sources, and no secret with its value")
    func shows() async throws {
        try await withTemporaryDirectory { directory in
            let text = """
                environment: test
                services: { api: "http://${env:API_HOST}:1" }
                keys: { api: "${env:THE_KEY}", reader: "${env:NOT_THERE}" }
                probes:
                  - { name: a, target: "http://127.0.0.1:1/?q=${env:THE_KEY}", headers: { A: "x ${env:THE_KEY}" } }
                """
            try Data(text.utf8).write(to: directory.appending(path: "c.yaml"))
            let variables = ["API_HOST": "127.0.0.1", "THE_KEY": "swordfish-27"]
            let table = try await run(
                ["config", "show", "--config", "c.yaml", "--breaker-patience", "2s"], in: directory,
                environment: variables)
            #expect(table.status == 0 && !table.output.contains("swordfish"), "\(table.output)")
            func row(_ key: String) -> String {
                "\(table.output.split(separator: "\n").first { $0.hasPrefix("\(key) ") } ?? "")"
            }
            #expect(row("services.api").hasSuffix("c.yaml:2 ${env:API_HOST}"))
            #expect(row("services.registry").contains("follows from services.api"))
            #expect(row("keys.reader").contains("(not set)") && row("keys.reader").contains("${env:NOT_THERE}"))
            #expect(row("breaker.patience").contains("2s") && row("breaker.patience").hasSuffix("--breaker-patience"))
            #expect(row("limits.parallel_checks").hasSuffix("default"))
            #expect(row("redis").isEmpty)
            let settings = try await settings("c.yaml", in: directory, environment: variables)
            #expect(settings["probes[0].target"]?["value"] == "http://127.0.0.1:1/?q=‹secret:the-key›")
            #expect(settings["redis"]?["value"] == .null)

            let check = try await run(["config", "check", "--config", "c.yaml"], in: directory, environment: variables)
            #expect(check.status == 0 && check.output.contains("keys.reader: ${env:NOT_THERE} is not set"))
        }
    }

    @Test("a wrong configuration ends the check with 2, with every mistake in either form")
    func checks() async throws {
        try await withTemporaryDirectory { directory in
            try Data("environment: test\nservces: {}\nlimits: { parallel_checks: lots }\n".utf8)
                .write(to: directory.appending(path: "c.yaml"))
            let text = try await run(["config", "check", "--config", "c.yaml"], in: directory)
            #expect(text.status == 2 && text.output.isEmpty && text.errors.contains("did you mean ‘services’?"))
            let json = try await run(["config", "check", "--config", "c.yaml", "--json"], in: directory)
            #expect(json.status == 2 && json.json?["sound"] == false)
            #expect(json.json?["problems"]?.array?.compactMap { $0["line"]?.number } == [2, 3])
        }
    }
}
