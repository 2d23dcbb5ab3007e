import Foundation

extension Stack {
    /// Writes the example suite and tells how it is run, once for each way in which a suite can end.
    func suiteConfiguration() throws -> String {
        guard options.hasSuites else { return "" }
        let folder = directory.work + "/suite"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try directory.writePrivately(
            String(decoding: PackageResources.example_suite_py, as: UTF8.self), to: folder + "/test_example.py")
        try directory.writePrivately(
            "[pytest]\nmarkers =\n    good: passes\n    bad: fails\n    slow: never ends\n", to: folder + "/pytest.ini")
        let cases: [(name: String, command: String, deadline: String)] = [
            ("good", "-m good --cov=. --cov-report=xml:good-coverage.xml", "60s"),
            ("bad", "-m bad", "60s"),
            ("under-coverage", "-m good --cov=. --cov-report=xml:floor-coverage.xml --cov-fail-under=100", "60s"),
            ("empty", "-m nothing || true", "60s"),
            ("slow", "-m slow", "5s"),
        ]
        let suites = cases.map { suite in
            """
              - name: example-\(suite.name)
                category: suites
                critical: false
                working_directory: \(Self.quoted(folder))
                interpreter: python3
                minimum_version: "3.8"
                setup: [flock, .lock, /bin/sh, -c, "test -x .venv/bin/pytest || { python3 -m venv .venv && .venv/bin/pip install -q pytest pytest-cov; }"]
                command: [/bin/sh, -c, ".venv/bin/pytest -v --junitxml=\(suite.name).xml \(suite.command)"]
                environment: { API_URL: "http://127.0.0.1:\(ports.api)" }
                junit: \(suite.name).xml
                \(suite.command.contains("good-coverage") ? "cobertura: good-coverage.xml" : "")
                deadline: \(suite.deadline)
            """
        }
        return "\nsuites:\n" + suites.joined(separator: "\n") + "\n"
    }
}
