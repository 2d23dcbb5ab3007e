import Foundation
import TestSupport
import Testing

@testable import ArtifactBundle

@Suite struct BundleVerificationTests {
    @Test("With its checksum file, every flipped bit of a bundle is found", arguments: BundleCompression.allCases)
    func findsEveryFlip(compression: BundleCompression) async throws {
        try await withTemporaryDirectory { directory in
            let url = directory.appending(path: "b")
            _ = try await write(sampleContents, to: url, compression: compression)
            let bytes = Array(try Data(contentsOf: url))
            for index in bytes.indices {
                var altered = bytes
                altered[index] ^= 1 << UInt8(index % 8)
                try Data(altered).write(to: url)
                let found = try BundleExamination.run(url.path, BundleLimits(), ArchiveThread.Cancellation())
                #expect(found.problems.contains { $0.kind == .checksumMismatch }, "byte \(index)")
            }
        }
    }

    @Test("Without it, a flipped bit is found unless it changes nothing at all", arguments: BundleCompression.allCases)
    func findsFlipsWithoutChecksumFile(compression: BundleCompression) async throws {
        try await withTemporaryDirectory { directory in
            let url = directory.appending(path: "b")
            _ = try await write(sampleContents, to: url, compression: compression)
            let bytes = Array(try Data(contentsOf: url))
            let truth = try unpacked(url)
            var unnoticed = 0
            for index in bytes.indices {
                var altered = bytes
                altered[index] ^= 1 << UInt8((index + index / 8) % 8)
                if try problems(altered, in: directory).isEmpty {
                    unnoticed += 1
                    #expect(try unpacked(directory.appending(path: "altered.tar.gz")) == truth, "byte \(index)")
                }
            }
            #expect(unnoticed < bytes.count / 50)
        }
    }

    @Test("A flipped bit anywhere in the tar itself is found")
    func findsFlipsInTar() async throws {
        try await withTemporaryDirectory { directory in
            let bytes = Array("evidence".utf8)
            let tar = try TarFixture(
                listed: [entry("a.txt", bytes)], [TarFixture.Entry(name: "a.txt", bytes: bytes)]
            ).tar
            #expect(try problems(TarFixture.gzip(tar), in: directory) == [])
            var random = RepeatableNumbers(state: 7)
            for _ in 0..<1500 {
                var altered = tar
                altered[random.next(below: tar.count)] ^= 1 << UInt8(random.next(below: 8))
                // The stored checksum is that of the true tar, as after a flip on the disk.
                let packed = Array(TarFixture.gzip(altered).dropLast(8) + TarFixture.gzip(tar).suffix(8))
                #expect(try !problems(packed, in: directory).isEmpty)
            }
        }
    }

    @Test("A bundle cut off anywhere is found", arguments: BundleCompression.allCases)
    func findsTruncation(compression: BundleCompression) async throws {
        try await withTemporaryDirectory { directory in
            let url = directory.appending(path: "b")
            _ = try await write(sampleContents, to: url, compression: compression)
            let bytes = Array(try Data(contentsOf: url))
            for count in stride(from: 0, to: bytes.count, by: 3) {
                #expect(try !problems(Array(bytes.prefix(count)), in: directory).isEmpty, "\(count) bytes left")
            }
            #expect(try !problems(bytes.dropLast(), in: directory).isEmpty)
        }
    }

    @Test("Bytes after the end are found", arguments: BundleCompression.allCases)
    func findsTrailingBytes(compression: BundleCompression) async throws {
        try await withTemporaryDirectory { directory in
            let url = directory.appending(path: "b")
            _ = try await write(sampleContents, to: url, compression: compression)
            let bytes = Array(try Data(contentsOf: url))
            #expect(try !problems(bytes + Array("hidden".utf8), in: directory).isEmpty)
            #expect(try !problems(bytes + bytes, in: directory).isEmpty)
        }
    }

    static let text = Array("text".utf8)

    @Test(
        "An entry that is missing, extra, double, altered or not a plain file is named",
        arguments: [
            ([entry("a", text), entry("b", text)], [TarFixture.Entry(name: "a", bytes: text)], .missing, "b"),
            ([], [TarFixture.Entry(name: "a", bytes: text)], .extra, "a"),
            (
                [entry("a", text)],
                [TarFixture.Entry(name: "a", bytes: text), TarFixture.Entry(name: "a", bytes: text)], .duplicate, "a"
            ),
            ([entry("a", text)], [TarFixture.Entry(name: "a", bytes: Array("tex".utf8))], .sizeMismatch, "a"),
            ([entry("a", text)], [TarFixture.Entry(name: "a", bytes: Array("Text".utf8))], .digestMismatch, "a"),
            (
                [entry("a", text), entry("b", text)],
                [TarFixture.Entry(name: "b", bytes: text), TarFixture.Entry(name: "a", bytes: text)], .outOfOrder, "a"
            ),
            ([entry("a", text)], [TarFixture.Entry(name: "a", bytes: text, mode: "0004755")], .metadata, "a"),
            ([entry("a", text)], [TarFixture.Entry(name: "a", bytes: text, seconds: 5)], .metadata, "a"),
            ([entry("a", text)], [TarFixture.Entry(name: "a", type: "2", link: "/etc/passwd")], .wrongType, "a"),
            ([entry("a", text)], [TarFixture.Entry(name: "a", type: "1", link: "b")], .wrongType, "a"),
            ([entry("a", text)], [TarFixture.Entry(name: "a", type: "3")], .wrongType, "a"),
            ([entry("a", text)], [TarFixture.Entry(name: "a", type: "6")], .wrongType, "a"),
            ([entry("a", text)], [TarFixture.Entry(name: "a", type: "5")], .wrongType, "a"),
            ([], [TarFixture.Entry(name: "../a", bytes: text)], .badPath, "../a"),
            ([], [TarFixture.Entry(name: "/a", bytes: text)], .badPath, "/a"),
        ] as [([BundleEntry], [TarFixture.Entry], BundleProblem.Kind, String)])
    func namesEntry(
        listed: [BundleEntry], entries: [TarFixture.Entry], kind: BundleProblem.Kind, path: String
    ) async throws {
        try await withTemporaryDirectory { directory in
            let found = try problems(TarFixture(listed: listed, entries).gzip, in: directory)
            #expect(found.contains { $0.kind == kind && $0.path == path }, "\(found)")
        }
    }

    @Test("A manifest that is absent, of another version, unsorted or lying about paths is refused")
    func refusesManifests() async throws {
        try await withTemporaryDirectory { directory in
            let none = TarFixture([TarFixture.Entry(name: "a", bytes: Self.text)])
            #expect(try problems(none.gzip, in: directory).contains { $0.kind == .manifestMissing })
            func manifest(_ entries: [BundleEntry]) -> BundleManifest {
                BundleManifest(runID: "r", environment: "e", renderer: sampleRenderer, entries: entries)
            }
            var newer = manifest([])
            newer.schemaVersion = 3
            var nameless = manifest([])
            nameless.renderer = nil
            let unsorted = manifest([entry("b", Self.text), entry("a", Self.text)])
            let escaping = manifest([entry("../b", Self.text)])
            let itself = manifest([entry("manifest.json", Self.text)])
            for manifest in [newer, nameless, unsorted, escaping, itself] {
                let bytes = try manifest.sealed().encoded()
                let archive = TarFixture([TarFixture.Entry(name: "manifest.json", bytes: bytes)])
                #expect(try problems(archive.gzip, in: directory).contains { $0.kind == .manifestInvalid })
            }
            let unsealed = try manifest([]).encoded()
            let open = TarFixture([TarFixture.Entry(name: "manifest.json", bytes: unsealed)])
            #expect(try problems(open.gzip, in: directory).contains { $0.kind == .manifestInvalid })
            let garbage = TarFixture([TarFixture.Entry(name: "manifest.json", bytes: Array("{".utf8))])
            #expect(try problems(garbage.gzip, in: directory).contains { $0.kind == .manifestInvalid })
        }
    }

    @Test("A bomb is stopped at the limit, and an entry that claims a huge size is not unpacked")
    func stopsBombs() async throws {
        try await withTemporaryDirectory { directory in
            let url = directory.appending(path: "bomb.tar.gz")
            _ = try await write(
                [BundleContent(path: "zeros", bytes: [UInt8](repeating: 0, count: 20 << 20))], to: url)
            let small = BundleLimits(totalBytes: 1 << 20)
            let found = try BundleExamination.run(url.path, small, ArchiveThread.Cancellation())
            #expect(found.problems.contains { $0.kind == .tooLarge })
            let error = await #expect(throws: BundleError.self) {
                try await BundleReader(url, limits: small).extract(to: directory.appending(path: "out"))
            }
            #expect(error?.code == .tooLarge)
            let claim = try TarFixture(listed: [], [TarFixture.Entry(name: "huge", declaredSize: 6 << 30)])
            #expect(try problems(claim.gzip, in: directory).contains { $0.kind == .tooLarge })
            let manifest = TarFixture([TarFixture.Entry(name: "manifest.json", declaredSize: 1 << 30)])
            #expect(try !problems(manifest.gzip, in: directory).isEmpty)
        }
    }

    @Test("A manifest of the version that did not name its renderer is still read")
    func readsOlderManifest() async throws {
        try await withTemporaryDirectory { directory in
            var older = BundleManifest(runID: "r", environment: "e", renderer: sampleRenderer, entries: [])
            older.schemaVersion = 1
            older.renderer = nil
            let archive = TarFixture([TarFixture.Entry(name: "manifest.json", bytes: try older.sealed().encoded())])
            #expect(try problems(archive.gzip, in: directory) == [])
        }
    }

    /// The header of a file with holes whose map goes on for ever; a pax header; a name of two megabytes; and a gzip header with a
    /// name of eight. Each is refused for what it is, before anything of it is kept.
    @Test("Headers without an end are refused, not collected")
    func refusesEndlessHeaders() async throws {
        try await withTemporaryDirectory { directory in
            let large = [UInt8](repeating: 1, count: 2 << 20)
            for type in ["S", "x", "L", "K"] as [Character] {
                let archive = try TarFixture(listed: [], [TarFixture.Entry(name: "a", type: type, bytes: large)])
                let found = try problems(archive.gzip, in: directory)
                #expect(found.contains { [.wrongType, .unreadable].contains($0.kind) }, "\(type): \(found)")
            }
            let named = [0x1F, 0x8B, 8, 8, 0, 0, 0, 0, 0, 3] + large + large + large + large
            let found = try problems(named, in: directory)
            #expect(found.contains { $0.kind == .framing } && found.contains { $0.kind == .unreadable }, "\(found)")
        }
    }

    @Test("A zstd frame that asks for a large window is refused before it gets one")
    func refusesLargeWindow() async throws {
        try await withTemporaryDirectory { directory in
            // Magic, no checksum or size, a window of 2^31 bytes, and one last block of 64 zeros.
            for exponent in [24, 27, 31] as [UInt8] {
                let frame = TarFormat.zstdMagic + [0, (exponent - 10) << 3, 0x03, 0x02, 0x00, 0]
                let found = try problems(frame, in: directory)
                #expect(found.contains { $0.detail.contains("memory") }, "\(found)")
            }
        }
    }

    @Test("Reading ends when its time is over, and says how far it came")
    func endsInTime() async throws {
        try await withTemporaryDirectory { directory in
            let url = directory.appending(path: "b.tar.gz")
            _ = try await write(sampleContents, to: url)
            let reader = BundleReader(url, limits: BundleLimits(duration: .zero))
            let found = try await reader.verification()
            #expect(found.problems.contains { $0.kind == .tooLarge && $0.detail.contains("within 0 s") }, "\(found)")
            let error = await #expect(throws: BundleError.self) { try await reader.bytes(of: "SUMMARY.md") }
            #expect(error?.code == .tooLarge)
        }
    }

    @Test("What stands between entries or after the end of the tar is found")
    func findsHiddenBytes() async throws {
        try await withTemporaryDirectory { directory in
            let archive = try TarFixture(
                listed: [entry("a.txt", Self.text)], [TarFixture.Entry(name: "a.txt", bytes: Self.text)])
            let sound = archive.tar
            #expect(try problems(TarFixture.gzip(sound), in: directory) == [])
            var padded = sound
            padded[sound.count - 1024 - 1] = 7
            #expect(try problems(TarFixture.gzip(padded), in: directory).contains { $0.kind == .unreadable })
            let hidden = sound + [UInt8](repeating: 0, count: 512) + Array("hidden".utf8)
            #expect(try problems(TarFixture.gzip(hidden), in: directory).contains { $0.kind == .trailingData })
            let half = Array(sound.dropLast(512))
            #expect(try problems(TarFixture.gzip(half), in: directory).contains { $0.kind == .unreadable })
        }
    }

    @Test("More entries than the limit are refused")
    func stopsAtEntryLimit() async throws {
        try await withTemporaryDirectory { directory in
            let entries = (0..<20).map { TarFixture.Entry(name: "f\($0)") }
            let found = try problems(
                TarFixture(listed: [], entries).gzip, in: directory, limits: BundleLimits(entries: 10))
            #expect(found.contains { $0.kind == .tooLarge })
        }
    }

    @Test(
        "What is no archive at all is called unreadable", arguments: ["", "hello", "PK\u{3}\u{4}zip", "\u{1f}\u{8b}"])
    func refusesOtherFiles(text: String) async throws {
        try await withTemporaryDirectory { directory in
            let found = try problems(Array(text.utf8), in: directory)
            #expect(found.contains { $0.kind == .unreadable })
        }
    }

    @Test("A file that is absent is an error, and a spoilt checksum file is a problem")
    func tellsInputFromDamage() async throws {
        try await withTemporaryDirectory { directory in
            let url = directory.appending(path: "b.tar.gz")
            let error = await #expect(throws: BundleError.self) { try await BundleReader(url).verification() }
            #expect(error?.code == .inputOutput)
            let receipt = try await write(sampleContents, to: url)
            try Data("no digest\n".utf8).write(to: receipt.checksumURL)
            let found = try await BundleReader(url).verification()
            #expect(found.problems.map(\.kind) == [.checksumFileInvalid])
            #expect(!found.comparedChecksumFile)
            try FileManager.default.removeItem(at: receipt.checksumURL)
            #expect(try await BundleReader(url).verification().isSound)
        }
    }

    private func unpacked(_ url: URL) throws -> [String: [UInt8]] {
        var contents: [String: [UInt8]] = [:]
        let reader = try TarReader(CompressedFile(url.path), limit: 1 << 30, ArchiveThread.Cancellation())
        while let header = try reader.next() {
            var bytes: [UInt8] = []
            try reader.readData { block throws(BundleError) in bytes += block }
            contents[header.path ?? ""] = bytes
        }
        return contents
    }
}
