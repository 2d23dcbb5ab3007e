import AWSClient
import Formats
import Foundation
import ObjectStorage
import ObjectStorageSupport
import Synchronization
import TestSupport
import Testing

@testable import Publication

/// Bundles in a store of objects, and the pointer that leads to the newest.
@Suite struct StoragePublicationTests {
    private func publish(
        _ number: Int, to store: MemoryStore, rehearsal: (@Sendable (PlannedRequest) -> Void)? = nil
    ) async throws -> [PublicationResult] {
        try await withTemporaryDirectory { directory in
            let bundle = directory.appending(path: "plumbline-staging-\(number).tar.gz")
            try Data("bundle \(number)".utf8).write(to: bundle)
            let publication = StoragePublication(
                store, place: "s3://bucket/p/", patience: .instant(), rehearsal: rehearsal
            ) { (key, type) async throws(AWSError) in "https://link.invalid/\(key)?type=\(type)" }
            return await publication.publish(.example(number), bundle: bundle, page: Array("<html>\(number)".utf8))
        }
    }

    private func latest(_ store: MemoryStore) throws -> StoragePublication.Latest {
        try JSON.decode(StoragePublication.Latest.self, from: Data(try #require(store["staging/latest.json"])))
    }

    @Test("bundle, checksum and page are there before the pointer names them")
    func order() async throws {
        let store = MemoryStore()
        let results = try await publish(1, to: store)
        #expect(results.ends == ["updated", "updated", "updated", "created"])
        #expect(store.puts.last == "staging/latest.json")
        let latest = try latest(store)
        #expect(store["staging/\(latest.bundle)"].map { Digest.sha256Hex(of: $0) } == latest.sha256)
        #expect(store["staging/\(latest.page)"] == Array("<html>1".utf8))
        #expect(
            store["staging/\(latest.bundle).sha256"] == Array("\(latest.sha256)  \(latest.bundle)\n".utf8))
        #expect(
            results.compactMap(\.url).contains { $0.hasPrefix("https://link.invalid/") && $0.hasSuffix("text/html") })
    }

    @Test("the pointer moves forward only, and a second publication changes nothing")
    func forward() async throws {
        let store = MemoryStore()
        for number in [2, 3, 1] { _ = try await publish(number, to: store) }
        #expect(try latest(store).run.hasSuffix("3"))
        #expect(try await publish(3, to: store).ends.last == "unchanged")
        #expect(try await publish(1, to: store).ends.last == "skipped")
    }

    @Test(
        "lost requests, lost answers and other writers do not lead the pointer astray",
        arguments: [MemoryStore.Failure.requestLost, .answerLost, .conflict])
    func mishaps(failure: MemoryStore.Failure) async throws {
        let store = MemoryStore()
        _ = try await publish(1, to: store)
        store.fail("staging/latest.json", failure)
        #expect(try await publish(2, to: store).filter(\.isFailure).isEmpty)
        #expect(try latest(store).run.hasSuffix("2"))
    }

    @Test("without permission nothing points at what is not there, and the permission is named")
    func denied() async throws {
        let store = MemoryStore()
        store.fail("staging/plumbline", .denied)
        store.fail("staging/2026", .denied)
        let results = try await publish(1, to: store)
        #expect(results.failure?.description.contains("s3:PutObject") == true)
        #expect(store["staging/latest.json"] == nil)
    }

    @Test("a dry run writes nothing and shows every object")
    func rehearsal() async throws {
        let store = MemoryStore()
        let shown = Mutex<[String]>([])
        _ = try await publish(1, to: store, rehearsal: { request in shown.withLock { $0.append(request.url) } })
        #expect(store.keys.isEmpty)
        #expect(shown.withLock { $0.count } == 4)
    }
}
