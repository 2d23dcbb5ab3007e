import AWSClient
import Durable
import Formats
import Foundation
import HTTPClient
import ObjectStorage
import Settings
import Synchronization
import UndoLog

/// The state below a prefix of a bucket, so that a run outlives its machine.
///
/// ```
/// lock/lease.json           the lock; never removed, so that its generation only grows
/// files/, segments/         what a state directory holds (`FolderMirror`)
/// bundles/                  each run's bundle with its SHA-256; latest.json names the newest
/// submissions/<mark>.json   how a run ended that was started from elsewhere
/// ```
///
/// A run works in a private directory of this machine, which is made of what the store holds. Undo records are in the store before
/// the change is made; finished checks at most ``pace`` and one round of requests later; everything at the end.
public struct S3StateStore: StateStore {
    let objects: any ObjectStore
    private let locks: any ObjectStore
    private let location: StoreLocation
    private let environment: String
    private let settings: StateSettings
    private let requests: RequestCount
    private let links: @Sendable (_ key: String, _ expires: Duration) async throws(AWSError) -> String

    /// How long a finished check may be on this machine alone.
    static let pace = Duration.seconds(1)

    static let lockKey = "lock/lease.json"

    public init(_ location: StoreLocation, configuration: Configuration, variables: [String: String]) {
        let http = HTTPClient(configuration.httpClientConfiguration)
        func client(deadline: Duration, attempts: Int) -> AWSClient {
            let aws = configuration.aws
            return AWSClient(
                AWSClient.Configuration(
                    region: aws?.region ?? variables["AWS_REGION"] ?? variables["AWS_DEFAULT_REGION"] ?? "",
                    endpointURL: aws?.endpointURL, deadline: deadline,
                    retry: AWSRetry(maximumAttempts: attempts, cap: .seconds(2)), profile: aws?.profile),
                surroundings: CredentialSurroundings(
                    environment: aws?.credentialEnvironment(over: variables) ?? variables, transport: http))
        }
        let requests = RequestCount()
        let aws = client(deadline: .seconds(60), attempts: 6)
        let kmsKey = configuration.state.kmsKey
        // The lock decides itself when it tries again: a second attempt behind its back would look like another owner.
        let quick = client(deadline: min(.seconds(10), max(.seconds(1), configuration.state.lease / 6)), attempts: 1)
        self.init(
            objects: S3ObjectStore(aws, at: location, kmsKey: kmsKey, requests: requests),
            locks: S3ObjectStore(quick, at: location, kmsKey: kmsKey, requests: requests), location: location,
            environment: configuration.environment, settings: configuration.state, requests: requests
        ) { (key, expires) async throws(AWSError) in
            try await aws.link(to: location.bucket, key: location.prefix + key, expires: expires)
        }
    }

    init(
        objects: any ObjectStore, locks: any ObjectStore, location: StoreLocation, environment: String,
        settings: StateSettings, requests: RequestCount = RequestCount(),
        links: @escaping @Sendable (String, Duration) async throws(AWSError) -> String
    ) {
        self.objects = objects
        self.locks = locks
        self.location = location
        self.environment = environment
        self.settings = settings
        self.requests = requests
        self.links = links
    }

    public func hold(
        for run: String, now: Date, notify: @escaping @Sendable (String) -> Void,
        onLoss: @escaping @Sendable (String) -> Void
    ) async throws(StateError) -> any HeldState {
        let owner = LeaseRecord.Owner(
            host: ProcessInfo.processInfo.hostName, process: getpid(), run: run, since: now)
        let lease: Lease
        do throws(LeaseError) {
            lease = try await Lease.acquire(
                in: locks, key: Self.lockKey, terms: .init(lease: settings.lease), owner: owner
            ) { wait in
                notify(
                    "another run has the lock of \(location) and may be dead: the lock is taken when it was not renewed for \(wait.readable)"
                )
            }
        } catch {
            throw .remote(place: "\(location)", reason: "\(error)")
        }
        do throws(StateError) {
            return try await open(lease, notify, onLoss)
        } catch {
            await lease.release()
            throw error
        }
    }

    private func open(
        _ lease: Lease, _ notify: @escaping @Sendable (String) -> Void, _ onLoss: @escaping @Sendable (String) -> Void
    ) async throws(StateError) -> HeldObjects {
        lease.keep(onLoss: onLoss)
        let folder = try Self.workingFolder()
        do throws(StateError) {
            return try await open(lease, in: folder, notify)
        } catch {
            folder.remove()
            throw error
        }
    }

    private func open(
        _ lease: Lease, in folder: WorkingFolder, _ notify: @escaping @Sendable (String) -> Void
    ) async throws(StateError) -> HeldObjects {
        let mirror = FolderMirror(
            folder: folder.url.path, store: objects, layout: StateLayout(), generation: lease.generation)
        do throws(ObjectStoreError) {
            let restoration = try await mirror.restore { (highest) throws(ObjectStoreError) in
                guard highest < lease.generation else {
                    throw ObjectStoreError(
                        .refused,
                        "the state was written by generation \(highest) of the lock, and the lock says \(lease.generation): "
                            + "somebody removed or replaced \(Self.lockKey). When no run is under way, write a lock of generation "
                            + "\(highest), or use another prefix")
                }
            }
            if restoration.files > 0 {
                notify(
                    "restored \(restoration.files) files (\(restoration.bytes) bytes) from \(location), generation \(lease.generation)"
                )
            }
        } catch {
            throw .remote(place: "\(location)", reason: "\(error)")
        }
        let directory = try StateDirectory.open(path: folder.url.path, environment: environment)
        let held = HeldObjects(
            directory: directory, folder: folder, location: location, objects: objects, mirror: mirror, lease: lease,
            requests: requests, links: links)
        // Whose state it is comes first; and a run that may not write finds that out now.
        do throws(StateError) {
            try await held.checkpoint()
        } catch {
            await held.release()
            throw error
        }
        held.begin(every: Self.pace, notify)
        return held
    }

    public func read<Value>(_ work: (StateDirectory) async throws -> Value) async throws -> Value {
        try await Self.withCopy(of: objects, at: location) { folder in
            try await work(StateDirectory.open(path: folder.path, environment: environment))
        }
    }

    /// Works on a copy of what is in the store, as far as a start needs it.
    static func withCopy<Value>(
        of objects: any ObjectStore, at location: StoreLocation, _ work: (URL) async throws -> Value
    ) async throws -> Value {
        let folder = try workingFolder()
        defer { folder.remove() }
        do throws(ObjectStoreError) {
            _ = try await FolderMirror.read(into: folder.url.path, from: objects, layout: StateLayout())
        } catch {
            throw StateError.remote(place: "\(location)", reason: "\(error)")
        }
        return try await work(folder.url)
    }

    /// Keeps the undo logs of a working directory that another process of the same owner works in.
    func undoCopy(of directory: StateDirectory, generation: Int) -> any UndoLogCopy {
        let folder = directory.url.path
        let mirror = FolderMirror(
            folder: folder, store: objects, layout: StateLayout(), generation: generation, isAttached: true)
        return MirroredUndoLogs(mirror: mirror, folder: folder) { nil }
    }

    /// A new private directory. It is not used again: what counts is in the store.
    static func workingFolder() throws(StateError) -> WorkingFolder {
        do throws(DurableFile.WriteError) {
            return try WorkingFolder.make()
        } catch {
            throw .unusable(path: error.path, reason: "it cannot be made: \(error.reason); TMPDIR names another place")
        }
    }
}

/// The state while the lock is held: a directory, and what keeps the store up to it.
private final class HeldObjects: HeldState {
    let directory: StateDirectory
    private let folder: WorkingFolder
    private let location: StoreLocation
    private let objects: any ObjectStore
    private let mirror: FolderMirror
    private let lease: Lease
    private let requests: RequestCount
    private let links: @Sendable (String, Duration) async throws(AWSError) -> String
    private let ticker = Mutex<Task<Void, Never>?>(nil)

    init(
        directory: StateDirectory, folder: WorkingFolder, location: StoreLocation, objects: any ObjectStore,
        mirror: FolderMirror, lease: Lease, requests: RequestCount,
        links: @escaping @Sendable (String, Duration) async throws(AWSError) -> String
    ) {
        self.directory = directory
        self.folder = folder
        self.location = location
        self.objects = objects
        self.mirror = mirror
        self.lease = lease
        self.requests = requests
        self.links = links
    }

    var undoCopy: (any UndoLogCopy)? {
        MirroredUndoLogs(mirror: mirror, folder: directory.url.path) { [lease] in
            lease.mayChange ? nil : lease.lossReason
        }
    }

    var guardianArguments: [String] {
        [
            "--state", "\(location)", "--folder", directory.url.path, "--generation", String(lease.generation),
        ]
    }

    var account: String? {
        let (reads, writes) = (requests[.read], requests[.write] + requests[.list])
        // Amazon S3 Standard in us-east-1: $0.005 for 1,000 writes and lists, $0.0004 for 1,000 reads; removals cost nothing.
        let dollars = Double(writes) * 0.000_005 + Double(reads) * 0.000_000_4
        return
            "S3: \(requests[.write]) writes, \(requests[.list]) lists, \(reads) reads, \(requests[.delete]) removals; "
            + "\(Self.size(requests.sent)) sent, \(Self.size(requests.received)) received; about "
            + "\(String(format: "%.4f", dollars)) US dollars for requests"
    }

    private static func size(_ bytes: Int) -> String { String(format: "%.1f MB", Double(bytes) / 1e6) }

    func note(run: String, since: Date) { lease.note(run: run) }

    /// Begins to send what is new, again and again.
    func begin(every pace: Duration, _ notify: @escaping @Sendable (String) -> Void) {
        let task = Task { [mirror] in
            var lastProblem = ""
            while !Task.isCancelled {
                try? await Task.sleep(for: pace)
                if Task.isCancelled { break }
                do throws(ObjectStoreError) {
                    try await mirror.push(.needed)
                    lastProblem = ""
                } catch {
                    // Once for each kind of failure: the next round tries again.
                    if error.description != lastProblem { notify("\(error)") }
                    lastProblem = error.description
                }
            }
        }
        ticker.withLock { $0 = task }
    }

    private func storing<Value>(
        _ work: () async throws(ObjectStoreError) -> Value
    ) async throws(StateError) -> Value {
        do throws(ObjectStoreError) {
            return try await work()
        } catch {
            throw .remote(place: "\(location)", reason: "\(error)")
        }
    }

    func checkpoint() async throws(StateError) {
        try await storing { () async throws(ObjectStoreError) in try await mirror.push(.everything) }
    }

    func deliver(_ delivery: Delivery) async throws(StateError) -> String? {
        let key = "bundles/\(delivery.bundle)"
        let description = (try? JSON.prettyData(delivery)).map { [UInt8]($0) } ?? []
        let digest = Array("\(delivery.sha256)  \(delivery.bundle)\n".utf8)
        guard lease.mayChange else { throw .remote(place: "\(location)", reason: lease.lossReason) }
        return try await storing { () async throws(ObjectStoreError) in
            // The journal first: a bundle in the store is that of a run that is there too. The logs can wait, they are in the bundle.
            try await mirror.push(.results)
            try await objects.upload(delivery.file.path, as: key)
            _ = try await objects.put("\(key).sha256", digest, if: .always)
            _ = try await objects.put("latest.json", description, if: .always)
            if let mark = delivery.submission {
                _ = try await objects.put("submissions/\(mark).json", description, if: .always)
            }
            return "\(location)\(key)"
        }
    }

    func link(to place: String, expires: Duration) async throws(StateError) -> String? {
        guard place.hasPrefix("\(location)") else { return nil }
        do throws(AWSError) {
            return try await links(String(place.dropFirst("\(location)".count)), expires)
        } catch {
            throw .remote(place: place, reason: "\(error)")
        }
    }

    func release() async {
        let task = ticker.withLock { ticker in
            defer { ticker = nil }
            return ticker
        }
        task?.cancel()
        await task?.value
        await lease.release()
        // What could not be undone is still tried by the guardian, which reads it here and works in the folder too.
        let (open, problems) = UndoLogs(stateDirectory: directory.url.path).openRecords()
        if open.isEmpty, problems.isEmpty { folder.remove() }
    }
}

/// Undo logs of a working directory, kept in the store too.
struct MirroredUndoLogs: UndoLogCopy {
    let mirror: FolderMirror
    let folder: String
    /// Why this process may not change the target any more; nil while it may.
    let loss: @Sendable () -> String?

    func secure(_ path: String) async throws(UndoLogError) {
        do throws(ObjectStoreError) {
            guard path.hasPrefix(folder + "/") else {
                throw ObjectStoreError(.refused, "\(path) is not in the working directory \(folder)")
            }
            try await mirror.secure(String(path.dropFirst(folder.count + 1)))
        } catch {
            throw UndoLogError(.notWritable, path: path, detail: "it is not in the store: \(error)")
        }
        if let loss = loss() {
            throw UndoLogError(
                .notWritable, path: path, detail: "this run does not own the environment any more: \(loss)")
        }
    }
}
