import Durable
import Foundation
import Glibc

/// A folder of this machine that a store keeps, so that it outlives the machine.
///
/// ```
/// files/<path>                 a file that is written whole
/// segments/<path>/00000001     a piece of a file that is appended to
/// ```
///
/// What an append-only file refers to is in the store before the line that does: the lengths of the append-only files are looked
/// at first, then the other files are sent, then the append-only ones up to those lengths.
public actor FolderMirror {
    /// How much of the folder is sent.
    public enum Extent: Hashable, Sendable {
        /// What must not be lost, when some of it is new.
        case needed
        /// Everything but the logs.
        case results
        /// Everything, also what was removed.
        case everything
    }

    private let folder: String
    private let store: any ObjectStore
    private let layout: any MirrorLayout
    private let generation: Int
    private let isAttached: Bool
    private var streams: [String: SegmentStream] = [:]
    /// Files as they were sent or restored.
    private var sent: [String: Stamp] = [:]
    /// Every object of the store below `files/` and `segments/`.
    private var objects: Set<String> = []
    private var last: Task<Result<Void, ObjectStoreError>, Never>?

    private static let files = "files/"
    private static let segments = "segments/"
    /// A log is sent when so much of it is new, in bytes.
    private static let logPiece = 256 << 10
    /// So much of a log is sent in one round at most, in bytes: what must not be lost does not wait for a long one.
    private static let logRound = 4 << 20

    /// Which version of a file this is.
    private struct Stamp: Hashable {
        let size: Int
        let seconds: Int
        let nanoseconds: Int
        let inode: UInt64

        init(_ status: stat) {
            size = Int(status.st_size)
            seconds = status.st_mtim.tv_sec
            nanoseconds = status.st_mtim.tv_nsec
            inode = UInt64(status.st_ino)
        }
    }

    /// - Parameters:
    ///   - folder: without a trailing slash; only its owner may write there.
    ///   - generation: of the lock under which the store is written.
    ///   - isAttached: another process of the same owner mirrors the folder; this one only helps with ``secure(_:)``.
    public init(
        folder: String, store: any ObjectStore, layout: any MirrorLayout, generation: Int, isAttached: Bool = false
    ) {
        self.folder = folder
        self.store = store
        self.layout = layout
        self.generation = generation
        self.isAttached = isAttached
    }

    private func local(_ path: String) -> String { folder + "/" + path }
    private static func segmentFolder(_ path: String) -> String { segments + path + "/" }

    // MARK: From the store

    /// What is read out of a store.
    public struct Restoration: Hashable, Sendable {
        public var files = 0
        public var bytes = 0
    }

    /// Makes the empty folder what the store holds, as far as a start needs it, without changing anything there.
    public static func read(
        into folder: String, from store: any ObjectStore, layout: any MirrorLayout
    ) async throws(ObjectStoreError) -> Restoration {
        let mirror = FolderMirror(folder: folder, store: store, layout: layout, generation: 0)
        return try await mirror.restore(sealing: nil)
    }

    /// Makes the empty folder what the store holds, as far as a start needs it, and shuts out whoever wrote there before.
    ///
    /// - Parameter owning: told the highest generation of what is shut off, before it is; throws when this process has not a higher
    ///   one. Nil only reads.
    @discardableResult
    public func restore(
        sealing owning: (@Sendable (_ highest: Int) throws(ObjectStoreError) -> Void)?
    ) async throws(ObjectStoreError) -> Restoration {
        let listed = try await store.list(Self.files) + (try await store.list(Self.segments))
        objects = Set(listed)
        let segmented = try segmentNames()
        let plain = objects.filter { $0.hasPrefix(Self.files) }.map { String($0.dropFirst(Self.files.count)) }
        for path in plain + segmented.keys { try check(path) }
        let paths = plain + Array(segmented.keys)
        let wanted = layout.wanted(of: paths)
        var restoration = Restoration()
        var restored: [String: RestoredStream] = [:]
        for path in Set(segmented.keys).intersection(wanted) {
            restored[path] = try await RestoredStream(
                Self.segmentFolder(path), listed: segmented[path] ?? [], from: store, into: local(path))
        }
        if let owning {
            for path in layout.sealed(of: paths, filled: Set(restored.filter { $0.value.position.offset > 0 }.keys)) {
                var stream: RestoredStream
                if let read = restored[path] {
                    stream = read
                } else {
                    stream = try await RestoredStream(
                        Self.segmentFolder(path), listed: segmented[path] ?? [], from: store, into: local(path))
                }
                try owning(stream.highestGeneration)
                try await stream.seal(store, generation: generation)
                restored[path] = stream
            }
        }
        for (path, stream) in restored {
            try await take(stream, path, &restoration, owns: owning != nil)
        }
        try await restoreFiles(plain.filter(wanted.contains).sorted(), &restoration)
        return restoration
    }

    /// The names of the segments by the path of their file.
    private func segmentNames() throws(ObjectStoreError) -> [String: [String]] {
        var names: [String: [String]] = [:]
        for key in objects where key.hasPrefix(Self.segments) {
            guard let slash = key.lastIndex(of: "/"), slash > key.index(key.startIndex, offsetBy: Self.segments.count)
            else { throw ObjectStoreError(.damaged, "\(key) is no segment of a file") }
            let path = String(key[..<slash].dropFirst(Self.segments.count))
            names[path, default: []].append(String(key[key.index(after: slash)...]))
        }
        return names
    }

    /// A key decides where a file is written: nothing leads out of the folder.
    private func check(_ path: String) throws(ObjectStoreError) {
        let steps = path.split(separator: "/", omittingEmptySubsequences: false)
        let isPlain = steps.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." && !$0.utf8.contains(0) }
        guard isPlain, steps.count <= 16, layout.kind(of: path) != .local else {
            throw ObjectStoreError(.damaged, "the store holds an object for ‘\(path)’, which is no file of a state")
        }
    }

    private func take(
        _ stream: RestoredStream, _ path: String, _ restoration: inout Restoration, owns: Bool
    ) async throws(ObjectStoreError) {
        if stream.position.offset > 0 {
            restoration.files += 1
            restoration.bytes += stream.position.offset
        }
        guard owns else { return }
        for number in stream.position.first..<stream.position.next {
            objects.insert(stream.folder + Segment.name(number))
        }
        for key in stream.obsolete {
            try await store.delete(key)
            objects.remove(key)
        }
        streams[path] = SegmentStream(
            path: local(path), folder: stream.folder, store: store, generation: generation, position: stream.position)
    }

    private func restoreFiles(_ paths: [String], _ restoration: inout Restoration) async throws(ObjectStoreError) {
        // Some at a time, since they are held until they are written.
        for start in stride(from: 0, to: paths.count, by: 32) {
            let some = Array(paths[start..<min(start + 32, paths.count)])
            for (path, object) in zip(some, try await store.getAll(some.map { Self.files + $0 })) {
                guard let object else { continue }
                try write(object.bytes, to: path)
                var status = stat()
                if stat(local(path), &status) == 0 { sent[path] = Stamp(status) }
                restoration.files += 1
                restoration.bytes += object.bytes.count
            }
        }
    }

    private func write(_ bytes: [UInt8], to path: String) throws(ObjectStoreError) {
        let file = local(path)
        do throws(DurableFile.WriteError) {
            try PrivateFile.makeDirectory(URL(fileURLWithPath: file).deletingLastPathComponent().path)
        } catch {
            throw ObjectStoreError(.refused, "\(error)")
        }
        let descriptor = PrivateFile.open(file, O_WRONLY | O_CREAT | O_EXCL)
        guard descriptor >= 0 else {
            throw ObjectStoreError(.refused, "\(file) cannot be written: \(String(cString: strerror(errno)))")
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do { try handle.write(contentsOf: Data(bytes)) } catch {
            throw ObjectStoreError(.refused, "\(file) cannot be written: \(error.localizedDescription)")
        }
    }

    // MARK: To the store

    /// Returns when every whole line of one append-only file is in the store.
    public func secure(_ path: String) async throws(ObjectStoreError) {
        if isAttached, streams[path] == nil { try await attach(path) }
        try await stream(path).put()
    }

    /// Finds out how far the other process has come.
    private func attach(_ path: String) async throws(ObjectStoreError) {
        let folder = Self.segmentFolder(path)
        let names = try await store.list(folder).map { String($0.dropFirst(folder.count)) }
        let stream = try await RestoredStream(folder, listed: names, from: store)
        guard stream.highestGeneration <= generation else {
            throw ObjectStoreError(
                .refused,
                "\(path) was gone on with by generation \(stream.highestGeneration): another run has taken over")
        }
        streams[path] = SegmentStream(
            path: local(path), folder: folder, store: store, generation: generation, position: stream.position)
    }

    /// Sends what is new. One after the other; in a cancelled task too.
    public func push(_ extent: Extent) async throws(ObjectStoreError) {
        let earlier = last
        let task = Task { () async -> Result<Void, ObjectStoreError> in
            _ = await earlier?.value
            do throws(ObjectStoreError) {
                try await self.send(extent)
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        last = task
        try await task.value.get()
    }

    private func stream(_ path: String) -> SegmentStream {
        if let stream = streams[path] { return stream }
        let stream = SegmentStream(
            path: local(path), folder: Self.segmentFolder(path), store: store, generation: generation)
        streams[path] = stream
        return stream
    }

    private func send(_ extent: Extent) async throws(ObjectStoreError) {
        guard access(local(layout.identity), F_OK) == 0 else {
            throw ObjectStoreError(
                .refused, "\(local(layout.identity)) is gone: somebody removed the folder of this run")
        }
        let lengths = appended(scan())
        if extent == .needed {
            guard await isBehind(lengths) else { return }
        }
        let found = scan()
        try await sendFiles(found.filter { layout.kind(of: $0.key) == .file })
        for (path, length) in lengths.sorted(by: { $0.key < $1.key }) {
            let stream = stream(path)
            guard layout.kind(of: path) == .log, extent != .everything else {
                try await stream.put(upTo: length)
                continue
            }
            let offset = await stream.position.offset
            guard extent == .needed, length - offset >= Self.logPiece else { continue }
            try await stream.put(upTo: min(length, offset + Self.logRound))
        }
        if extent == .everything { try await removeWhatIsGone(found) }
    }

    private func appended(_ found: [String: Stamp]) -> [String: Int] {
        found.filter { [.stream, .log].contains(layout.kind(of: $0.key)) }.mapValues(\.size)
    }

    private func isBehind(_ lengths: [String: Int]) async -> Bool {
        for (path, length) in lengths {
            let behind = await length - (streams[path]?.position.offset ?? 0)
            if behind > (layout.kind(of: path) == .log ? Self.logPiece : 0) { return true }
        }
        return false
    }

    /// The regular files of the folder.
    private func scan() -> [String: Stamp] {
        var found: [String: Stamp] = [:]
        let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        for name in names where layout.kind(of: name) != .local {
            var status = stat()
            guard lstat(local(name), &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            found[name] = Stamp(status)
        }
        return found
    }

    private func sendFiles(_ found: [String: Stamp]) async throws(ObjectStoreError) {
        let changed = found.filter { sent[$0.key] != $0.value }.sorted { $0.key < $1.key }
        let folder = folder
        let results = await store.concurrently(changed.map(\.key)) { [store] path async throws(ObjectStoreError) in
            // Gone again already: the next time it is removed.
            guard access(folder + "/" + path, F_OK) == 0 else { return }
            try await store.upload(folder + "/" + path, as: Self.files + path)
        }
        var failure: ObjectStoreError?
        for ((path, stamp), result) in zip(changed, results) {
            switch result {
            case .success:
                sent[path] = stamp
                objects.insert(Self.files + path)
            case .failure(let error): failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    private func removeWhatIsGone(_ found: [String: Stamp]) async throws(ObjectStoreError) {
        var gone = sent.keys.filter { found[$0] == nil }.map { Self.files + $0 }
        for (path, stream) in streams where found[path] == nil {
            if await stream.position.offset > 0 { try await stream.end() }
        }
        for key in objects {
            guard let path = Self.path(of: key), let owner = layout.owner(of: path), found[path] == nil,
                access(local(owner), F_OK) != 0
            else { continue }
            gone.append(key)
            streams[path] = nil
        }
        for key in Set(gone) {
            try await store.delete(key)
            objects.remove(key)
            if key.hasPrefix(Self.files) { sent[String(key.dropFirst(Self.files.count))] = nil }
        }
    }

    private static func path(of key: String) -> String? {
        if key.hasPrefix(files) { return String(key.dropFirst(files.count)) }
        guard key.hasPrefix(segments), let slash = key.lastIndex(of: "/") else { return nil }
        return String(key[..<slash].dropFirst(segments.count))
    }
}
