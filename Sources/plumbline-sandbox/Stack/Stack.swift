import Foundation
import Glibc

/// One stack to be: where it lives, which ports it has, how each part is started.
struct Stack: Sendable {
    let directory: SandboxDirectory
    let ports: StackPorts
    let options: StackOptions
    let secrets: StackSecrets
    let programs: Programs

    /// What every part gets: enough to run, nothing of the caller's credentials, proxies or Python settings.
    var baseEnvironment: [String: String] {
        let kept = ["PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR"]
        return ProcessInfo.processInfo.environment.filter { kept.contains($0.key) }
    }

    /// Visibly fake; the AWS endpoint accepts any.
    var awsEnvironment: [String: String] {
        [
            "AWS_ACCESS_KEY_ID": "sandbox-access-key", "AWS_SECRET_ACCESS_KEY": "sandbox-secret-key",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:\(ports.aws)",
            "AWS_EC2_METADATA_DISABLED": "true",
        ]
    }

    func launch(
        _ name: String, _ command: [String], environment: [String: String] = [:], stopSignal: Int32 = SIGKILL
    ) -> Launch {
        Launch(
            name: name, command: command, environment: baseEnvironment.merging(environment) { _, new in new },
            stopSignal: stopSignal)
    }
}
