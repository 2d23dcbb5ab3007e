import Diagnosis
import Foundation
import RunModel
import TestSupport
import Testing

@testable import Reports

/// Scripts run against a curl that answers what the test wants.
@Suite struct ReproductionScriptTests {
    @Test(
        "A script tells a fault that is there from one that is gone, and says when it cannot tell",
        arguments: [
            (200, "{ \"alive\": true }", 0, 0), (200, "{\"alive\":false}", 0, 2), (502, "bad gateway", 0, 1),
            (404, "nothing", 0, 2), (0, "", 7, 1), (0, "", 3, 2),
        ] as [(Int, String, Int, Int32)])
    func tells(status: Int, body: String, code: Int, expected: Int32) async throws {
        let verification = Verification(
            .curl, "curl -sS -i --max-time 5 \"http://api.localhost:8001/live\"",
            fault: [.status([502]), .exit(Verification.silences)],
            repaired: [.status([200]), .contains("\"alive\":true")])
        try await withTemporaryDirectory { directory in
            let end = try run(try script(verification), in: directory, status: status, body: body, code: code)
            #expect(end == expected)
        }
    }

    @Test("A script without its secret or its program cannot tell")
    func needsItsSecret() async throws {
        let verification = Verification(
            .curl, "curl -sS -i -H \"Authorization: Bearer ${NO_SUCH_KEY}\" \"http://api.localhost:8001/\"",
            fault: [.status([401])], repaired: [.status([200])])
        try await withTemporaryDirectory { directory in
            let text = try script(verification)
            #expect(text.contains("# Reads: NO_SUCH_KEY"))
            #expect(try run(text, in: directory, status: 401, body: "", code: 0) == 2)
        }
        try await withTemporaryDirectory { directory in
            let text = try script(Verification(.psql, "no-such-program", fault: [.exit([2])], repaired: [.exit([0])]))
            #expect(try run(text.replacing("command -v psql", with: "command -v no-such-psql"), in: directory) == 2)
        }
    }

    @Test("Every finding of every sample run has a script that a shell can read", arguments: SampleRun.allCases)
    func isShell(run sample: SampleRun) async throws {
        let files = try sample.files()
        let scripts = files.filter { $0.key.hasPrefix("repro/") }
        let assessment = Assessment(of: sample.record, baseline: sample.baseline, changes: sample.changes)
        #expect(scripts.count == assessment.findings.count)
        try await withTemporaryDirectory { directory in
            for (path, text) in scripts {
                #expect(text.hasPrefix("#!/usr/bin/env bash\n"), "\(path)")
                let file = directory.appending(path: "script")
                try Data(text.utf8).write(to: file)
                #expect(try bash(["-n", file.path], path: "/usr/bin:/bin") == 0, "\(path)")
            }
        }
    }

    @Test(
        "One line says the same as the script",
        arguments: [
            (Verification.Condition.status([200]), "curl -sS --fail-with-body --max-time 5 \"http://a/\""),
            (
                .status([401, 403]),
                "curl -sS -o /dev/null -w '%{http_code}\\n' --max-time 5 \"http://a/\" | grep -Ex '401|403'"
            ),
            (
                .contains("\"alive\": true"),
                "curl -sS --fail-with-body --max-time 5 \"http://a/\" | tr -d '[:space:]' | grep -F '\"alive\":true' >/dev/null"
            ),
        ])
    func oneLine(condition: Verification.Condition, expected: String) {
        let verification = Verification(
            .curl, "curl -sS -i --max-time 5 \"http://a/\"", fault: [], repaired: [condition])
        #expect(verification.line == expected)
    }

    @Test("The environment variables of a command are those that a shell would read")
    func findsVariables() {
        #expect(
            ShellText.variables(in: "PGPASSWORD=\"$DB_PASSWORD\" psql -c \"select \\$1, '${API_KEY}' $9 $lower\"")
                == ["API_KEY", "DB_PASSWORD"])
    }

    /// The script of the first finding of a run whose check is verified so.
    private func script(_ verification: Verification) throws -> String {
        var record = RunRecordFixture.failing
        record.results["SH-02"]?.verification = verification
        let assessment = Assessment(of: record)
        let document = Document(record: record, assessment: assessment, root: "../")
        let finding = try #require(document.findings.first { $0.finding.root == "SH-02" })
        return ReproductionScript(finding).text
    }

    /// Runs a script with a curl that answers so; its exit code.
    private func run(
        _ script: String, in directory: URL, status: Int = 0, body: String = "", code: Int = 0
    ) throws -> Int32 {
        let curl = directory.appending(path: "curl")
        try Data(body.utf8).write(to: directory.appending(path: "body"))
        let stub = """
            #!/bin/bash
            while [ $# -gt 0 ]; do [ "$1" = -o ] && cp "\(directory.path)/body" "$2"; shift; done
            printf '%03d' \(status)
            exit \(code)
            """
        try Data(stub.utf8).write(to: curl)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: curl.path)
        let file = directory.appending(path: "script.sh")
        try Data(script.utf8).write(to: file)
        return try bash([file.path], path: "\(directory.path):/usr/bin:/bin")
    }

    private func bash(_ arguments: [String], path: String) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = arguments
        process.environment = ["PATH": path]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
