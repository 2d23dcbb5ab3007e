import AWSClient
import Formats
import Foundation
import ObjectStorage
import ObjectStorageSupport
import RunModel
import Secrets
import Settings
import Synchronization
import TestSupport
import Testing
import UndoLog

@testable import Job

/// The state of an environment in an object store, as a run uses it.
@Suite struct S3StateStoreTests {
    private static func store(
        _ objects: MemoryStore, environment: String = "staging", lease: String = "30s"
    ) throws -> S3StateStore {
        let configuration = try Configuration.parse(
            "environment: \(environment)\nservices: { api: \"http://127.0.0.1:1\" }\nstate: { lease: \(lease) }",
            path: "plumbline.yaml", environment: [:])
        return S3StateStore(
            objects: objects, locks: objects, location: try StoreLocation("s3://bucket/state/"),
            environment: environment, settings: configuration.state
        ) { (key, _) async throws(AWSError) in "https://bucket.example/\(key)?signed" }
    }

    private static func hold(_ store: S3StateStore) async throws -> any HeldState {
        try await store.hold(for: "test", now: JobFixture.start) { _ in } onLoss: { _ in }
    }

    private static func record(_ id: String) -> UndoRecord {
        UndoRecord(
            id: id, runID: RunID(rawValue: "20260101-000000-aaaa"), checkID: "CH-01", what: id, openedAt: JobFixture.start,
            lease: .seconds(60), actions: [.http(.init(method: "DELETE", url: "http://127.0.0.1:1/x", expectedStatuses: [404]))])
    }

    private static func log(_ held: any HeldState) throws -> UndoLog {
        let logs = UndoLogs(stateDirectory: held.directory.url.path, copy: held.undoCopy)
        try logs.prepare()
        return logs.log(of: RunID(rawValue: "20260101-000000-aaaa"))
    }

    @Test func `an undo record is in the store when the change may be made, and another machine finds it`() async throws {
        let objects = MemoryStore()
        let first = try await Self.hold(try Self.store(objects))
        try await Self.log(first).writeAhead(Self.record("fault"))
        // As if its lease had run out: nothing is sent any more, and the next owner may come.
        let lock = try JSON.decode(LeaseRecord.self, from: Data(try #require(objects["lock/lease.json"])))
        var free = lock
        free.isHeld = false
        objects["lock/lease.json"] = [UInt8](try JSON.data(free))
        let second = try await Self.hold(try Self.store(objects))
        #expect(try Self.log(second).openRecords().map(\.id) == ["fault"])
        await second.release()
        await first.release()
    }

    @Test func `no change is made whose undo is not in the store`() async throws {
        let objects = MemoryStore()
        let held = try await Self.hold(try Self.store(objects))
        objects.fail("segments/undo/", .denied)
        let log = try Self.log(held)
        await #expect(throws: UndoLogError.self) { try await log.writeAhead(Self.record("fault")) }
        #expect(try log.openRecords().isEmpty)
        await held.release()
    }

    @Test func `a lock that is let go of is free at once, and its generation grows`() async throws {
        let objects = MemoryStore()
        for generation in 1...3 {
            let held = try await Self.hold(try Self.store(objects))
            #expect(held.guardianArguments.suffix(2) == ["--generation", "\(generation)"])
            await held.release()
        }
        let lock = String(decoding: try #require(objects["lock/lease.json"]), as: UTF8.self)
        #expect(lock.contains("\"isHeld\":false"))
    }

    @Test func `a lock that a living run holds is refused with its name`() async throws {
        let objects = MemoryStore()
        let first = try await Self.hold(try Self.store(objects, lease: "3s"))
        first.note(run: "run-1", since: JobFixture.start)
        let error = await #expect(throws: StateError.self) { try await Self.hold(try Self.store(objects, lease: "3s")) }
        #expect(error?.description.contains("another run holds the lock") == true)
        await first.release()
    }

    @Test func `the state of another environment is refused`() async throws {
        let objects = MemoryStore()
        let held = try await Self.hold(try Self.store(objects))
        try await held.checkpoint()
        await held.release()
        await #expect(throws: StateError.self) {
            try await Self.hold(try Self.store(objects, environment: "production"))
        }
    }

    @Test func `a bundle is delivered after the journal, with its digest and the newest pointer`() async throws {
        try await withTemporaryDirectory { directory in
            let objects = MemoryStore()
            let held = try await Self.hold(try Self.store(objects))
            let file = directory.appending(path: "plumbline-x.tar.gz")
            try Data("bundle".utf8).write(to: file)
            let location = try await held.deliver(
                Delivery(
                    run: "run", bundle: file.lastPathComponent, sha256: "ab", exitCode: 3, verdict: "FAILED",
                    submission: "mark", file: file))
            #expect(location == "s3://bucket/state/bundles/plumbline-x.tar.gz")
            #expect(objects["bundles/plumbline-x.tar.gz.sha256"] == Array("ab  plumbline-x.tar.gz\n".utf8))
            #expect(objects["submissions/mark.json"] == objects["latest.json"])
            #expect(
                try await held.link(to: try #require(location), expires: .seconds(60))
                    == "https://bucket.example/bundles/plumbline-x.tar.gz?signed")
            await held.release()
        }
    }

    @Test func `what a start needs of the runs`() {
        let paths = [
            "plumbline-state.json", "runs/1/journal.jsonl", "runs/1/evidence/a.txt", "runs/1/metrics/x.json",
            "runs/2/journal.jsonl", "runs/2/evidence/b.txt", "undo/1.jsonl",
        ]
        let wanted = StateLayout().wanted(of: paths)
        #expect(wanted == Set(paths).subtracting(["runs/1/evidence/a.txt"]))
        #expect(StateLayout().sealed(of: paths, filled: ["undo/1.jsonl", "runs/1/journal.jsonl"]).isSuperset(of: [
            "undo/1.jsonl", "undo/2.jsonl", "runs/2/journal.jsonl",
        ]))
        #expect(StateLayout().kind(of: "lock") == .local)
        #expect(StateLayout().kind(of: "undo/1.jsonl.claims") == .local)
    }
}
