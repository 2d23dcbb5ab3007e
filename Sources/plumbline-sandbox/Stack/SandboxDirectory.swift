import Foundation
import Glibc

/// The one directory under which a sandbox keeps all it has.
struct SandboxDirectory: Sendable {
    /// Absolute, without symbolic links, because the kernel reports working directories like that.
    let path: String

    init(_ given: String) {
        let absolute = URL(filePath: given, relativeTo: URL(filePath: FileManager.default.currentDirectoryPath + "/"))
            .standardizedFileURL.path(percentEncoded: false)
        // The last component may not exist yet; the parents decide where it will be.
        let url = URL(filePath: absolute)
        let parent = url.deletingLastPathComponent().path(percentEncoded: false)
        let real = realpath(absolute, nil) ?? realpath(parent, nil)
        guard let real else {
            path = absolute
            return
        }
        defer { free(real) }
        let resolved = String(cString: real)
        path =
            FileManager.default.fileExists(atPath: absolute)
            ? resolved : (resolved == "/" ? "/" : resolved + "/") + url.lastPathComponent
    }

    /// Says that the directory is ours, so that nothing else is ever removed.
    var marker: String { path + "/.plumbline-sandbox" }
    var lock: String { path + "/.lock" }
    var state: String { path + "/sandbox.json" }
    var configuration: String { path + "/plumbline.yaml" }
    var scenario: String { path + "/scenario.json" }
    var processes: String { path + "/processes" }
    var launches: String { path + "/launches" }
    var logs: String { path + "/logs" }
    var secrets: String { path + "/secrets" }
    /// The working directory of every part.
    var work: String { path + "/work" }
    var databaseFiles: String { path + "/postgres" }
    var redisFiles: String { path + "/redis" }
    var artifacts: String { path + "/artifacts" }
    var balancer: String { path + "/nginx" }
    /// The authority and the certificates of a stack with TLS.
    var tls: String { path + "/tls" }
    /// Exists while parts may be started; see ``Launch``.
    var token: String { path + "/.launching" }

    func record(_ name: String) -> String { processes + "/" + name }
    func log(_ name: String) -> String { logs + "/" + name + ".log" }

    /// The end of a part's log, for error messages.
    func logTail(_ name: String, lines: Int = 15) -> String {
        guard let handle = FileHandle(forReadingAtPath: log(name)) else { return "(\(log(name)) does not exist)" }
        defer { try? handle.close() }
        let size = (try? handle.seekToEnd()) ?? 0
        try? handle.seek(toOffset: size > 16384 ? size - 16384 : 0)
        let text = String(decoding: (try? handle.readToEnd()) ?? Data(), as: UTF8.self)
        let tail = text.split(separator: "\n").suffix(lines).map { "    " + $0 }.joined(separator: "\n")
        return "  end of \(log(name)):\n" + (tail.isEmpty ? "    (empty)" : tail)
    }

    /// Makes the directory ready for a new stack: ours, with nothing of an earlier one but its logs moved away.
    ///
    /// - Throws: ``SandboxError`` when the directory holds something that is not ours.
    func prepare() throws {
        let manager = FileManager.default
        try manager.createDirectory(atPath: path, withIntermediateDirectories: true)
        // The lock is there already: it is taken first.
        let found = try manager.contentsOfDirectory(atPath: path).filter { $0 != ".lock" }
        guard found.isEmpty || manager.fileExists(atPath: marker) else {
            throw SandboxError.notOurs(path: path, example: found.sorted()[0])
        }
        try Data().write(to: URL(filePath: marker))
        clear()
        try? manager.removeItem(atPath: logs)
        for folder in [processes, launches, logs, secrets, work, redisFiles, artifacts, balancer, tls] {
            try manager.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
        chmod(secrets, 0o700)
        chmod(tls, 0o700)
        chmod(launches, 0o700)
        try Data().write(to: URL(filePath: token))
    }

    /// Removes everything but the logs.
    func clear() {
        let kept = [logs, marker, lock]
        let ours = [
            token, state, configuration, scenario, processes, launches, secrets, work, databaseFiles, redisFiles,
            artifacts, balancer, tls,
        ]
        for entry in ours where !kept.contains(entry) { try? FileManager.default.removeItem(atPath: entry) }
    }

    /// Writes a file that only its owner may read.
    func writePrivately(_ text: String, to file: String) throws {
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw SandboxError.cannotWrite(path: file, reason: String(cString: strerror(errno)))
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try handle.write(contentsOf: Data(text.utf8))
    }
}
