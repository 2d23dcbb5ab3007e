import Testing

@testable import Processes

@Suite struct CleanEnvironmentTests {
    @Test("children get what programs need, and no credential")
    func variables() {
        let own = [
            "PATH": "/bin", "HOME": "/root", "LC_ALL": "C", "SSL_CERT_FILE": "/c", "https_proxy": "http://p",
            "AWS_SECRET_ACCESS_KEY": "x", "HOKUSAI_API_KEY": "x", "GITHUB_TOKEN": "x", "DB_PASSWORD": "x",
        ]
        let clean = CleanEnvironment.variables(of: own)
        #expect(clean.keys.sorted() == ["HOME", "LC_ALL", "PATH", "SSL_CERT_FILE", "https_proxy"])
    }

    @Test("a command runs with the clean environment unless something is added")
    func launch() async throws {
        let result = try await CommandRun.run(
            ProcessLaunch(
                arguments: ["/usr/bin/env"],
                environment: CleanEnvironment.variables(of: ["PATH": "/bin", "TOKEN": "t"]).merging(["ADDED": "a"]) {
                    $1
                }),
            deadline: .seconds(20))
        let names = result.output.text.split(separator: "\n").compactMap {
            $0.split(separator: "=").first.map(String.init)
        }
        #expect(Set(names) == ["PATH", "ADDED", CommandRun.marker])
    }
}
