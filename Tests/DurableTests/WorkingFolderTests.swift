import Foundation
import Glibc
import TestSupport
import Testing

@testable import Durable

@Suite struct WorkingFolderTests {
    private func exists(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path) }

    @Test func `a folder in which somebody works stays, and goes with the next one when nobody does`() async throws {
        try await withTemporaryDirectory { directory in
            var first: WorkingFolder? = try WorkingFolder.make(below: directory)
            let url = try #require(first?.url)
            try Data("x".utf8).write(to: url.appending(path: "file"))
            // As the process that undoes for a run works in the run's folder.
            var joined = WorkingFolder.join(url.path)
            #expect(joined != nil)
            let second = try WorkingFolder.make(below: directory)
            #expect(exists(url))
            first = nil
            WorkingFolder.removeAbandoned(below: directory)
            #expect(exists(url))
            joined = nil
            WorkingFolder.removeAbandoned(below: directory)
            #expect(!exists(url))
            #expect(exists(second.url))
            #expect(WorkingFolder.join(url.path) == nil)
            withExtendedLifetime(second) {}
        }
    }

    /// SIGKILL leaves nothing that could say goodbye: the kernel's lock does.
    @Test func `what a killed process left is removed, and not before it is dead`() async throws {
        try await withTemporaryDirectory { directory in
            let folder = directory.appending(path: WorkingFolder.prefix + "of-another-process")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            let holding =
                "import fcntl, os, sys, time; fcntl.flock(os.open(sys.argv[1], os.O_RDONLY), fcntl.LOCK_SH); "
                + "print('held', flush=True); time.sleep(600)"
            process.arguments = ["python3", "-c", holding, folder.path]
            let output = Pipe()
            process.standardOutput = output
            try process.run()
            defer { kill(process.processIdentifier, SIGKILL) }
            #expect(try output.fileHandleForReading.read(upToCount: 4) == Data("held".utf8))
            WorkingFolder.removeAbandoned(below: directory)
            #expect(exists(folder))
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            WorkingFolder.removeAbandoned(below: directory)
            #expect(!exists(folder))
        }
    }

    /// Builds that held no lock used other names; whether somebody works there cannot be told.
    @Test(arguments: ["plumbline-state-1", "plumbline-1", "somebody-else"])
    func `folders of other names stay`(name: String) async throws {
        try await withTemporaryDirectory { directory in
            let folder = directory.appending(path: name)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            WorkingFolder.removeAbandoned(below: directory)
            #expect(exists(folder))
        }
    }

    @Test func `a link in place of a folder leads nowhere`() async throws {
        try await withTemporaryDirectory { directory in
            let target = directory.appending(path: "target")
            try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
            let link = directory.appending(path: WorkingFolder.prefix + "link")
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: target)
            WorkingFolder.removeAbandoned(below: directory)
            #expect(exists(target))
            #expect(WorkingFolder.join(link.path) == nil)
        }
    }
}
