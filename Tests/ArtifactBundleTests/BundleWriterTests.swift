import Formats
import Foundation
import TestSupport
import Testing

@testable import ArtifactBundle

@Suite struct BundleWriterTests {
    @Test("A bundle holds what was put in, sorted, with the manifest first", arguments: BundleCompression.allCases)
    func holdsContents(compression: BundleCompression) async throws {
        try await withTemporaryDirectory { directory in
            let url = directory.appending(path: "b" + compression.fileEnding)
            let receipt = try await write(sampleContents, to: url, compression: compression)
            #expect(receipt.manifest.entries.map(\.path) == receipt.manifest.entries.map(\.path).sorted())
            #expect(receipt.manifest.entries.count == sampleContents.count)
            let reader = BundleReader(url)
            let verification = try await reader.verification()
            #expect(verification.problems == [])
            #expect(verification.comparedChecksumFile)
            #expect(try verification.sha256 == Digest.sha256Hex(of: Data(contentsOf: url)))
            for content in sampleContents {
                guard case .bytes(let bytes) = content.source else { continue }
                #expect(try await reader.bytes(of: content.path) == bytes)
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
            #expect(names.count == 2)
        }
    }

    @Test("Equal contents give equal bytes, whatever their order and source", arguments: BundleCompression.allCases)
    func isDeterministic(compression: BundleCompression) async throws {
        try await withTemporaryDirectory { directory in
            let files = directory.appending(path: "files")
            for content in sampleContents {
                guard case .bytes(let bytes) = content.source else { continue }
                let url = files.appending(path: content.path)
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(bytes).write(to: url)
            }
            let first = try await write(
                sampleContents, to: directory.appending(path: "1"), compression: compression)
            let second = try await write(
                sampleContents.reversed(), to: directory.appending(path: "2"), compression: compression)
            let third = try await write(
                BundleContent.files(under: files), to: directory.appending(path: "3"), compression: compression)
            #expect(first.sha256 == second.sha256)
            #expect(first.sha256 == third.sha256)
        }
    }

    @Test("The checksum file is one that sha256sum accepts")
    func writesChecksumFile() async throws {
        try await withTemporaryDirectory { directory in
            let receipt = try await write(sampleContents, to: directory.appending(path: "b.tar.gz"))
            let text = try String(contentsOf: receipt.checksumURL, encoding: .utf8)
            #expect(text == "\(receipt.sha256)  b.tar.gz\n")
        }
    }

    @Test(
        "A path that leaves the bundle or deceives is refused",
        arguments: [
            "", "/etc/passwd", "../x", "a/../b", "a//b", "a/./b", "a/", "a\u{0}b", "a\nb", "a\u{202E}b", "a\u{200B}b",
            "a\\b", "manifest.json", "manifest.json/x", String(repeating: "x", count: 300),
            String(repeating: "abc/", count: 300) + "x",
        ])
    func refusesPath(path: String) async throws {
        try await withTemporaryDirectory { directory in
            let url = directory.appending(path: "b.tar.gz")
            let error = await #expect(throws: BundleError.self) {
                try await write([BundleContent(path: path, bytes: [1])], to: url)
            }
            #expect(error?.code == .badPath)
            let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
            #expect(names == [])
        }
    }

    @Test(
        "One path twice, or a file where a directory stands, is refused",
        arguments: [["a", "a"], ["a", "a.b", "a/c"]])
    func refusesDuplicates(paths: [String]) async throws {
        try await withTemporaryDirectory { directory in
            let error = await #expect(throws: BundleError.self) {
                try await write(
                    paths.map { BundleContent(path: $0, bytes: [1]) }, to: directory.appending(path: "b.tar.gz"))
            }
            #expect(error?.code == .duplicatePath)
        }
    }

    @Test("Links and pipes among the files are refused rather than followed", arguments: ["link", "pipe"])
    func refusesSpecialFiles(kind: String) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: kind).path
            if kind == "link" {
                try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/etc/passwd")
            } else {
                #expect(mkfifo(path, 0o600) == 0)
                let packed = await #expect(throws: BundleError.self) {
                    try await write(
                        [BundleContent(path: "p", file: URL(filePath: path))], to: directory.appending(path: "b"))
                }
                #expect(packed?.code == .badSource)
            }
            let error = #expect(throws: BundleError.self) { try BundleContent.files(under: directory) }
            #expect(error?.code == .badSource)
        }
    }

    @Test("A file that cannot be read leaves the older bundle in place and nothing beside it")
    func keepsOlderBundle() async throws {
        try await withTemporaryDirectory { directory in
            let url = directory.appending(path: "b.tar.gz")
            let older = try await write(sampleContents, to: url)
            let error = await #expect(throws: BundleError.self) {
                try await write([BundleContent(path: "x", file: directory.appending(path: "absent"))], to: url)
            }
            #expect(error?.code == .inputOutput)
            #expect(try await BundleReader(url).verification().sha256 == older.sha256)
            let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
            #expect(names.count == 2)
        }
    }

    @Test("A limit on sizes stops the writing before anything is written")
    func obeysLimits() async throws {
        try await withTemporaryDirectory { directory in
            let writer = BundleWriter(limits: BundleLimits(entryBytes: 100))
            let error = await #expect(throws: BundleError.self) {
                try await writer.write(
                    sampleContents, runID: "r", environment: "e", renderer: sampleRenderer,
                    to: directory.appending(path: "b.tar.gz"))
            }
            #expect(error?.code == .tooLarge)
            let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
            #expect(names == [])
        }
    }

    @Test("Ten thousand entries are written, verified and read one by one")
    func takesManyEntries() async throws {
        try await withTemporaryDirectory { directory in
            let contents = (0..<10_000).map {
                BundleContent(path: "evidence/\($0 % 100)/\($0).txt", bytes: Array("evidence \($0)".utf8))
            }
            let url = directory.appending(path: "b.tar.zst")
            let receipt = try await write(contents, to: url, compression: .zstd)
            #expect(receipt.manifest.entries.count == 10_000)
            #expect(try await BundleReader(url).bytes(of: "evidence/99/9999.txt") == Array("evidence 9999".utf8))
        }
    }

    @Test("A file that grows while it is packed is taken as it was")
    func takesPrefixOfGrowingFile() async throws {
        try await withTemporaryDirectory { directory in
            let log = directory.appending(path: "log")
            try Data("first\n".utf8).write(to: log)
            let content = BundleContent(path: "logs/log.txt", file: log)
            let digest = try content.forEachBlock(upTo: nil, .init()) { _ throws(BundleError) in }
            try Data("first\nsecond\n".utf8).write(to: log)
            let again = try content.forEachBlock(upTo: digest.size, .init()) { _ throws(BundleError) in }
            #expect(digest == again)
            #expect(digest.size == 6)
        }
    }

    @Test("A cancelled task writes nothing")
    func obeysCancellation() async throws {
        try await withTemporaryDirectory { directory in
            let contents = (0..<2000).map { BundleContent(path: "f/\($0)", file: directory.appending(path: "source")) }
            try Data(repeating: 7, count: 100_000).write(to: directory.appending(path: "source"))
            let task = Task { try await write(contents, to: directory.appending(path: "b.tar.gz")) }
            task.cancel()
            let error = await #expect(throws: BundleError.self) { try await task.value }
            #expect(error?.code == .cancelled)
            let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
            #expect(names == ["source"])
        }
    }
}
