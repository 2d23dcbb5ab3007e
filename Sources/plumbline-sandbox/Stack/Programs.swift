import Foundation
import Glibc

/// The programs that the stack is made of, found once.
struct Programs: Sendable {
    let postgresBinaries: String
    let redisServer: String
    let nginx: String
    let openssl: String
    /// The virtual environment with MLflow, moto and boto3.
    let python: String
    /// This executable.
    let sandbox: String

    /// - Throws: ``SandboxError/missingProgram(name:searched:)``.
    static func find(python: String) throws -> Programs {
        guard let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
            throw SandboxError.missingProgram(name: "this executable", searched: ["/proc/self/exe"])
        }
        return Programs(
            postgresBinaries: try postgres(), redisServer: try onPath("redis-server"), nginx: try onPath("nginx"),
            openssl: try onPath("openssl"), python: python, sandbox: own)
    }

    func python(_ program: String) -> String { python + "/bin/" + program }

    /// Debian keeps each release of PostgreSQL apart and off the path; the newest is taken.
    private static func postgres() throws -> String {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        let newest = versions.compactMap(Int.init).sorted(by: >).map { "\(root)/\($0)/bin" }
        if let found = newest.first(where: { isExecutable($0 + "/initdb") && isExecutable($0 + "/postgres") }) {
            return found
        }
        return URL(filePath: try onPath("initdb", alsoIn: [root + "/<version>/bin"])).deletingLastPathComponent().path
    }

    static func onPath(_ name: String, alsoIn extra: [String] = []) throws -> String {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        // Servers are in directories that an ordinary user's path leaves out.
        let folders = path.split(separator: ":").map(String.init) + ["/usr/local/sbin", "/usr/sbin", "/sbin"]
        if let folder = folders.first(where: { isExecutable($0 + "/" + name) }) { return folder + "/" + name }
        throw SandboxError.missingProgram(name: name, searched: folders + extra)
    }

    private static func isExecutable(_ path: String) -> Bool { access(path, X_OK) == 0 }
}
