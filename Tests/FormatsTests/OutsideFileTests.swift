import Formats
import Foundation
import Glibc
import TestSupport
import Testing

/// Files that others name: what is no file never makes us wait.
@Suite struct OutsideFileTests {
    private func failure(_ path: String, limit: Int = 100) -> OutsideFileError? {
        do throws(OutsideFileError) {
            _ = try OutsideFile.bytes(of: path, limit: limit)
            return nil
        } catch {
            return error
        }
    }

    @Test("a file is read up to its limit and no further") func limits() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "file").path
            try Data(repeating: 7, count: 100).write(to: URL(filePath: path))
            #expect(try OutsideFile.bytes(of: path, limit: 100) == Data(repeating: 7, count: 100))
            #expect(failure(path, limit: 99)?.problem == .tooLarge(limit: 99))
            #expect(try OutsideFile.end(of: path, limit: 10).count == 10)
            #expect(try OutsideFile.end(of: path, limit: 1000).count == 100)
        }
    }

    @Test("a file whose size the system does not know is bounded as well") func unknownSize() {
        #expect(failure("/proc/self/maps", limit: 10)?.problem == .tooLarge(limit: 10))
        #expect(failure("/proc/self/maps", limit: 1 << 24) == nil)
    }

    @Test("pipes, devices, directories and sockets are named and not opened") func kinds() async throws {
        try await withTemporaryDirectory { directory in
            let pipe = directory.appending(path: "pipe").path
            #expect(mkfifo(pipe, 0o600) == 0)
            #expect(failure(pipe)?.reason == "is a pipe, not a regular file")
            #expect(failure("/dev/zero")?.reason == "is a device, not a regular file")
            #expect(failure("/dev/tty")?.reason != nil)
            #expect(failure(directory.path)?.reason == "is a directory, not a regular file")
            let link = directory.appending(path: "link").path
            #expect(symlink(pipe, link) == 0)
            #expect(failure(link)?.reason == "is a pipe, not a regular file")
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(descriptor) }
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let path = "/tmp/plumbline-test-\(getpid()).socket"
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            let isBound = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
                }
            }
            defer { unlink(path) }
            try #require(isBound)
            #expect(failure(path)?.reason == "is a socket, not a regular file")
        }
    }

    @Test("a file that is missing says so") func missing() {
        #expect(failure("/nowhere/file")?.isMissing == true)
        #expect(failure("/nowhere/file")?.problem == .system(ENOENT))
        #expect(failure("/dev/null/file")?.isMissing == true)
        #expect(failure("/nowhere/file")?.description == "/nowhere/file cannot be read: No such file or directory")
    }
}

@Suite struct SystemErrorTests {
    @Test(
        "what helps fits the error",
        arguments: [
            (ENOSPC, "free space"), (EDQUOT, "quota"), (EMFILE, "ulimit -n"), (ENFILE, "fs.file-max"),
            (EFBIG, "ulimit -f"),
            (ENOMEM, "memory"), (EACCES, "permission"), (EPERM, "permission"), (EROFS, "can be written"),
            (ENOENT, "gone"),
            (ENOTDIR, "no directory"), (EISDIR, "directory"), (ELOOP, "symbolic links"), (ENAMETOOLONG, "shorter"),
            (EIO, "disk"),
        ])
    func advice(code: Int32, words: String) {
        let error = SystemError(code)
        #expect(error.adviceForWriting?.contains(words) == true)
        #expect(error.writing == error.description + "; " + (error.adviceForWriting ?? ""))
        // Space is only what is short when the system says so.
        #expect(error.writing.contains("free space") == [ENOSPC, EDQUOT].contains(code))
    }

    @Test("an error of which nothing more is known is told in the system's words") func unknown() {
        #expect(SystemError(EBADF).writing == SystemError(EBADF).description)
    }
}
