import AWSClient
import ArtifactBundle
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
        try await store.hold(for: "test", now: JobFixture.start) { _ in
        } onLoss: { _ in
        }
    }

    private static func record(_ id: String) -> UndoRecord {
        UndoRecord(
            id: id, runID: RunID(rawValue: "20260101-000000-aaaa"), checkID: "CH-01", what: id,
            openedAt: JobFixture.start,
            lease: .seconds(60),
            actions: [.http(.init(method: "DELETE", url: "http://127.0.0.1:1/x", expectedStatuses: [404]))])
    }

    private static func log(_ held: any HeldState) throws -> UndoLog {
        let logs = UndoLogs(stateDirectory: held.directory.url.path, copy: held.undoCopy)
        try logs.prepare()
        return logs.log(of: RunID(rawValue: "20260101-000000-aaaa"))
    }

    @Test func `an undo record is in the store when the change may be made, and another machine finds it`() async throws
    {
        let objects = MemoryStore()
        let first = try await Self.hold(try Self.store(objects))
        try await Self.log(first).writeAhead(Self.record("fault"))
        try Self.free(objects)
        let second = try await Self.hold(try Self.store(objects))
        #expect(try Self.log(second).openRecords().map(\.id) == ["fault"])
        await second.release()
        await first.release()
    }

    /// As if its lease had run out: nothing more comes from this process.
    private static func free(_ objects: MemoryStore) throws {
        var lock = try JSON.decode(LeaseRecord.self, from: Data(try #require(objects["lock/lease.json"])))
        lock.isHeld = false
        objects["lock/lease.json"] = [UInt8](try JSON.data(lock))
    }

    /// Opens the run that a state holds, or a new one, as a machine with an empty disk does.
    private static func open(
        _ held: any HeldState, startedAt: Date, asked: @escaping @Sendable () -> Void = {}
    ) async throws -> RunID {
        let plan = JobFixture.plan([JobFixture.descriptor("A-1")])
        var header = JobFixture.header()
        header.runID = RunID(startedAt: startedAt)
        let opening = RunOpening(
            state: held.directory, redactor: Redactor([]), now: { startedAt },
            log: LogSink(format: .text, level: .critical),
            identify: { _ in
                asked()
                return [:]
            }, keep: { try await held.checkpoint() })
        let opened = try await opening.open(
            plan: plan, header: header, resumes: true, limits: try JobFixture.configuration().limits,
            progress: { _ in })
        opened.journal.close()
        return opened.record.header.runID
    }

    @Test func `a run is in the store before the target is asked anything, so a death at once begins no second one`()
        async throws
    {
        let objects = MemoryStore()
        let first = try await Self.hold(try Self.store(objects))
        let seen = Mutex<[String]>([])
        let run = try await Self.open(first, startedAt: JobFixture.start) {
            seen.withLock { $0 = objects.keys.filter { $0.hasSuffix("journal.jsonl/00000001") } }
        }
        #expect(seen.withLock { $0 } == ["segments/runs/\(run)/journal.jsonl/00000001"])
        try Self.free(objects)
        let second = try await Self.hold(try Self.store(objects))
        #expect(try await Self.open(second, startedAt: JobFixture.start.addingTimeInterval(60)) == run)
        await second.release()
        await first.release()
    }

    @Test func `a run whose start cannot be kept does not begin`() async throws {
        let objects = MemoryStore()
        let held = try await Self.hold(try Self.store(objects))
        objects.fail("segments/runs/", .denied)
        let isAsked = Mutex(false)
        await #expect(throws: StateError.self) {
            _ = try await Self.open(held, startedAt: JobFixture.start) { isAsked.withLock { $0 = true } }
        }
        #expect(!isAsked.withLock { $0 })
        await held.release()
    }

    /// The lock's write of a token that has expired is refused, as everything else is.
    @Test func `a run whose credentials end in the middle is told to stop, and may change nothing any more`()
        async throws
    {
        let objects = MemoryStore()
        let losses = Mutex<[String]>([])
        let held = try await Self.store(objects, lease: "3s").hold(for: "test", now: JobFixture.start) { _ in
        } onLoss: { reason in
            losses.withLock { $0.append(reason) }
        }
        let log = try Self.log(held)
        try await log.writeAhead(Self.record("before"))
        objects.failAll("", .expired)
        let until = ContinuousClock.now + .seconds(60)
        while losses.withLock({ $0.isEmpty }), ContinuousClock.now < until {
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(losses.withLock { $0.count } == 1)
        #expect(losses.withLock { $0.first }?.contains("ExpiredToken") == true)
        await #expect(throws: UndoLogError.self) { try await log.writeAhead(Self.record("after")) }
        // What was changed before can still be undone, here and by whoever comes next.
        #expect(try log.openRecords().map(\.id) == ["before"])
        objects.failAll("", nil)
        let next = try await Self.hold(try Self.store(objects, lease: "3s"))
        #expect(try Self.log(next).openRecords().map(\.id) == ["before"])
        await next.release()
        await held.release()
    }

    /// A lock says when its owner began; no decision reads it.
    @Test(arguments: [-86_400.0, 86_400])
    func `the lock of a dead owner whose clock was a day off is taken as any other`(offset: Double) async throws {
        let objects = MemoryStore()
        let owner = LeaseRecord.Owner(
            host: "elsewhere", process: 1, run: "dead", since: Date().addingTimeInterval(offset))
        let lock = LeaseRecord(generation: 7, isHeld: true, nonce: "dead", beat: 3, lease: 1, owner: owner)
        objects["lock/lease.json"] = [UInt8](try JSON.data(lock))
        let waits = Mutex<[String]>([])
        let held = try await Self.store(objects, lease: "3s").hold(for: "test", now: JobFixture.start) { sentence in
            waits.withLock { $0.append(sentence) }
        } onLoss: { _ in
        }
        #expect(waits.withLock { $0.first }?.contains("may be dead") == true)
        #expect(held.guardianArguments.suffix(2) == ["--generation", "8"])
        await held.release()
    }

    @Test func `of two that want a dead owner's lock at the same moment one gets it`() async throws {
        let objects = MemoryStore()
        let owner = LeaseRecord.Owner(host: "elsewhere", process: 1, run: "dead", since: JobFixture.start)
        objects["lock/lease.json"] = [UInt8](
            try JSON.data(LeaseRecord(generation: 1, isHeld: true, nonce: "dead", beat: 1, lease: 1, owner: owner)))
        let held = await withTaskGroup(of: (any HeldState)?.self) { group in
            for _ in 0..<2 {
                group.addTask { try? await Self.hold(try Self.store(objects, lease: "3s")) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let owners = held.compactMap(\.self)
        #expect(owners.count == 1)
        #expect(owners.first?.guardianArguments.suffix(2) == ["--generation", "2"])
        for owner in owners { await owner.release() }
    }

    // MARK: Reading

    /// A state with a run and a bundle that was delivered.
    private static func withDelivery(_ body: (MemoryStore, RunID) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let objects = MemoryStore()
            let held = try await hold(try store(objects))
            let run = try await open(held, startedAt: JobFixture.start)
            let file = directory.appending(path: "plumbline-staging-\(run).tar.gz")
            try Data("bundle".utf8).write(to: file)
            _ = try await held.deliver(
                Delivery(
                    run: run.rawValue, bundle: file.lastPathComponent, sha256: Digest.sha256Hex(of: "bundle"),
                    exitCode: 0, verdict: "PASSED", submission: nil, file: file))
            await held.release()
            try await body(objects, run)
        }
    }

    private static func place(_ name: String, _ objects: MemoryStore) -> RunPlace { RunPlace(name) { _ in objects } }

    @Test func `a state in S3 is read as its newest run, without the lock, and leaves nothing on this machine`()
        async throws
    {
        try await Self.withDelivery { objects, run in
            let before = objects.keys
            let place = Self.place("s3://bucket/state/", objects)
            let (found, path) = try await place.reading(.untrusted) { path in
                (try await RunSource.open(path, limits: .untrusted).record.header.runID, path)
            }
            #expect(found == run)
            #expect(!FileManager.default.fileExists(atPath: path))
            #expect(objects.keys == before)
        }
    }

    @Test func `a bundle in S3 is read by its name, and of a state the one that was delivered last`() async throws {
        try await Self.withDelivery { objects, run in
            let name = "plumbline-staging-\(run).tar.gz"
            // The store stands for the place in front of the bundle's name.
            objects[name] = objects["bundles/\(name)"]
            for place in ["s3://bucket/state/bundles/\(name)", "s3://bucket/state/"] {
                let text = try await Self.place(place, objects).readingBundle(.untrusted) { path in
                    #expect(path.hasSuffix("/" + name))
                    return try String(contentsOfFile: path, encoding: .utf8)
                }
                #expect(text == "bundle")
            }
        }
    }

    @Test func `a bundle that is not the one which was delivered is refused`() async throws {
        try await Self.withDelivery { objects, run in
            objects["bundles/plumbline-staging-\(run).tar.gz"] = Array("other".utf8)
            let error = await #expect(throws: BundleError.self) {
                try await Self.place("s3://bucket/state/", objects).readingBundle(.untrusted) { _ in }
            }
            #expect(error?.code == .damaged)
            #expect(error?.description.contains("the run delivered") == true)
        }
    }

    @Test func `an empty place, a missing bundle and a name that is no place say so`() async throws {
        let objects = MemoryStore()
        func error(_ name: String, ofBundle: Bool) async -> String {
            let error = await #expect(throws: StateError.self) {
                let place = Self.place(name, objects)
                if ofBundle {
                    try await place.readingBundle(.untrusted) { _ in }
                } else {
                    try await place.reading(.untrusted) { _ in }
                }
            }
            return error?.description ?? ""
        }
        #expect(await error("s3://bucket/state/", ofBundle: false).contains("holds no run yet"))
        #expect(await error("s3://bucket/state/", ofBundle: true).contains("no run has delivered a bundle"))
        #expect(await error("s3://bucket/state/plumbline-x.tar.gz", ofBundle: true).contains("there is no"))
        #expect(await error("gs://bucket/state/", ofBundle: false).contains("s3://bucket/prefix/"))
    }

    @Test func `the folder of a run stays while something in it is to be undone, and goes when nothing is`()
        async throws
    {
        let objects = MemoryStore()
        let first = try await Self.hold(try Self.store(objects))
        try await Self.log(first).writeAhead(Self.record("fault"))
        await first.release()
        #expect(FileManager.default.fileExists(atPath: first.directory.url.path))
        let second = try await Self.hold(try Self.store(objects))
        try Self.log(second).close("fault", by: "test")
        await second.release()
        #expect(!FileManager.default.fileExists(atPath: second.directory.url.path))
        withExtendedLifetime(first) {}
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
        let error = await #expect(throws: StateError.self) {
            try await Self.hold(try Self.store(objects, environment: "production"))
        }
        #expect(error?.description.contains("production") == true, "\(String(describing: error))")
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

    @Test func `a store that takes no bundle is named with its reason`() async throws {
        try await withTemporaryDirectory { directory in
            let objects = MemoryStore()
            let held = try await Self.hold(try Self.store(objects))
            let file = directory.appending(path: "plumbline-x.tar.gz")
            try Data("bundle".utf8).write(to: file)
            objects.fail("latest.json", .denied)
            let error = await #expect(throws: StateError.self) {
                try await held.deliver(
                    Delivery(
                        run: "run", bundle: file.lastPathComponent, sha256: "ab", exitCode: 3, verdict: "FAILED",
                        submission: nil, file: file))
            }
            guard case .remote(place: "s3://bucket/state/", _)? = error else {
                Issue.record("another error: \(String(describing: error))")
                return
            }
            await held.release()
        }
    }

    @Test func `the policy allows what the state needs, and nothing beside its prefix`() throws {
        let configuration = try JobFixture.configuration(
            "aws: { account: \"000000000000\" }\nstate: { kms_key: alias/x }\n"
                + "submit: { task_definition: \"plumbline:3\", roles: [\"arn:aws:iam::000000000000:role/task\"] }")
        let state = try StatePlace.statements(of: "s3://bucket/some/", configuration: configuration)
        #expect(state.first { $0.name == "KeepState" }?.resources == ["arn:aws:s3:::bucket/some/*"])
        #expect(state.first { $0.name == "EncryptState" }?.actions == ["kms:Decrypt", "kms:GenerateDataKey"])
        #expect(try StatePlace.statements(of: "folder", configuration: configuration).isEmpty)
        let submit = try StatePlace.submissionStatements(of: "s3://bucket/some/", configuration: configuration)
        #expect(
            submit.first { $0.name == "RunJob" }?.resources
                == ["arn:aws:ecs:us-east-1:000000000000:task-definition/plumbline:*"])
        #expect(submit.first { $0.name == "PassRoles" }?.resources == ["arn:aws:iam::000000000000:role/task"])
    }

    @Test func `what a start needs of the runs`() {
        let paths = [
            "plumbline-state.json", "runs/1/journal.jsonl", "runs/1/evidence/a.txt", "runs/1/metrics/x.json",
            "runs/2/journal.jsonl", "runs/2/evidence/b.txt", "undo/1.jsonl",
        ]
        let wanted = StateLayout().wanted(of: paths)
        #expect(wanted == Set(paths).subtracting(["runs/1/evidence/a.txt"]))
        #expect(
            StateLayout().sealed(of: paths, filled: ["undo/1.jsonl", "runs/1/journal.jsonl"]).isSuperset(of: [
                "undo/1.jsonl", "undo/2.jsonl", "runs/2/journal.jsonl",
            ]))
        #expect(StateLayout().kind(of: "lock") == .local)
        #expect(StateLayout().kind(of: "undo/1.jsonl.claims") == .local)
    }
}
