import Formats
import Foundation
import TestSupport
import Testing

@testable import ArtifactBundle

@Suite struct BundleReaderTests {
    @Test("Unpacking gives back every file and the manifest")
    func extracts() async throws {
        try await withTemporaryDirectory { directory in
            let url = directory.appending(path: "b.tar.gz")
            let receipt = try await write(sampleContents, to: url)
            let target = directory.appending(path: "out")
            #expect(try await BundleReader(url).extract(to: target) == receipt.manifest)
            for content in sampleContents {
                guard case .bytes(let bytes) = content.source else { continue }
                #expect(try Array(Data(contentsOf: target.appending(path: content.path))) == bytes)
            }
            let manifest = try Data(contentsOf: target.appending(path: "manifest.json"))
            #expect(try JSON.decode(BundleManifest.self, from: manifest) == receipt.manifest)
        }
    }

    static let text = Array("text".utf8)

    @Test(
        "An archive that would write elsewhere or lies about its contents leaves no directory behind",
        arguments: [
            [TarFixture.Entry(name: "../a", bytes: text)],
            [TarFixture.Entry(name: "a", type: "2", link: "/tmp"), TarFixture.Entry(name: "a/b", bytes: text)],
            [TarFixture.Entry(name: "a", bytes: Array("Text".utf8))],
            [TarFixture.Entry(name: "a", bytes: Array("text and more".utf8))],
            [TarFixture.Entry(name: "a", bytes: text), TarFixture.Entry(name: "b", bytes: text)],
            [TarFixture.Entry(name: "a", bytes: text), TarFixture.Entry(name: "a", bytes: text)],
            [],
        ])
    func refusesHostileArchives(entries: [TarFixture.Entry]) async throws {
        try await withTemporaryDirectory { directory in
            let url = directory.appending(path: "b.tar.gz")
            try Data(TarFixture(listed: [entry("a", Self.text)], entries).gzip).write(to: url)
            let error = await #expect(throws: BundleError.self) {
                try await BundleReader(url).extract(to: directory.appending(path: "out"))
            }
            #expect(error?.code == .damaged)
            let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
            #expect(names == ["b.tar.gz"])
        }
    }

    @Test("A directory that exists is not written into")
    func refusesExistingDirectory() async throws {
        try await withTemporaryDirectory { directory in
            let url = directory.appending(path: "b.tar.gz")
            _ = try await write(sampleContents, to: url)
            let error = await #expect(throws: BundleError.self) { try await BundleReader(url).extract(to: directory) }
            #expect(error?.code == .inputOutput)
        }
    }

    @Test("One entry is read only when it is there, small enough and what the manifest says")
    func readsOneEntry() async throws {
        try await withTemporaryDirectory { directory in
            let url = directory.appending(path: "b.tar.gz")
            _ = try await write(sampleContents, to: url)
            let absent = await #expect(throws: BundleError.self) { try await BundleReader(url).bytes(of: "absent") }
            #expect(absent?.code == .noSuchEntry)
            let large = await #expect(throws: BundleError.self) {
                try await BundleReader(url).bytes(of: "journal.jsonl", maximumBytes: 10)
            }
            #expect(large?.code == .tooLarge)
            let altered = try TarFixture(
                listed: [entry("a", Self.text)], [TarFixture.Entry(name: "a", bytes: Array("Text".utf8))])
            try Data(altered.gzip).write(to: url)
            let damaged = await #expect(throws: BundleError.self) { try await BundleReader(url).bytes(of: "a") }
            #expect(damaged?.code == .damaged)
        }
    }
}
