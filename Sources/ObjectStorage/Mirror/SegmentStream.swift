import Foundation
import Glibc

/// One append-only file of this machine, and its segments in a store.
///
/// Several processes of one owner may write the same file and its segments (a run and its guardian): whoever finds a number taken
/// by the bytes that stand in the file goes on behind them.
actor SegmentStream {
    /// How far the store has the file.
    struct Position: Hashable, Sendable {
        /// The number of the next segment.
        var next = 1
        /// Bytes of the file that are in the store.
        var offset = 0
        /// The first segment that is still there.
        var first = 1
    }

    let path: String
    private let folder: String
    private let store: any ObjectStore
    private let generation: Int
    private(set) var position: Position
    private var last: Task<Result<Void, ObjectStoreError>, Never>?

    /// One segment has at most this many bytes; a line may be longer.
    private static let largest = 4 << 20

    /// - Parameters:
    ///   - path: of the file on this machine.
    ///   - folder: of its segments in the store, ending in a slash.
    init(path: String, folder: String, store: any ObjectStore, generation: Int, position: Position = Position()) {
        self.path = path
        self.folder = folder
        self.store = store
        self.generation = generation
        self.position = position
    }

    /// Returns when every whole line that the file has now is in the store.
    ///
    /// - Parameter limit: writes no more of the file than up to here.
    /// - Throws: ``ObjectStoreError``, `refused` when another owner goes on writing the file.
    func put(upTo limit: Int? = nil) async throws(ObjectStoreError) {
        try await inTurn { stream async throws(ObjectStoreError) in try await stream.putNew(upTo: limit) }
    }

    /// Says in the store that the file was removed, and removes its segments.
    func end() async throws(ObjectStoreError) {
        try await inTurn { stream async throws(ObjectStoreError) in try await stream.putEnd() }
    }

    /// One after the other, in the order of the calls; in a cancelled task too.
    private func inTurn(
        _ work: @escaping @Sendable (isolated SegmentStream) async throws(ObjectStoreError) -> Void
    ) async throws(ObjectStoreError) {
        let earlier = last
        let task = Task { () async -> Result<Void, ObjectStoreError> in
            _ = await earlier?.value
            do throws(ObjectStoreError) {
                try await work(self)
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        last = task
        try await task.value.get()
    }

    private func putNew(upTo limit: Int?) async throws(ObjectStoreError) {
        while let bytes = try unsent(upTo: limit), !bytes.isEmpty {
            try await put(Segment(seq: position.next, generation: generation, offset: position.offset, bytes: bytes))
        }
    }

    private func putEnd() async throws(ObjectStoreError) {
        // The file is gone: what of it was never sent is of no use any more.
        try await put(Segment(seq: position.next, generation: generation, offset: 0, bytes: [], isEnd: true))
        for seq in position.first..<(position.next - 1) { try await store.delete(folder + Segment.name(seq)) }
        position.first = position.next - 1
    }

    /// Writes one segment, or finds that it stands there already.
    private func put(_ segment: Segment) async throws(ObjectStoreError) {
        let key = folder + Segment.name(segment.header.seq)
        let object = try segment.object()
        var attempt = 0
        while true {
            attempt += 1
            let failure: ObjectStoreError
            do throws(ObjectStoreError) {
                switch try await store.put(key, object, if: .absent) {
                case .written:
                    advance(behind: segment)
                    return
                case .refused:
                    try await goOn(behind: key, segment)
                    return
                case .conflict:
                    failure = ObjectStoreError(.unanswered, "\(key) was being written by another process")
                }
            } catch {
                if error.code != .unanswered { throw error }
                failure = error
            }
            guard attempt < Self.attempts else { throw failure }
            try? await Task.sleep(for: .milliseconds(50 << attempt))
        }
    }

    private static let attempts = 5

    /// The number is taken: by a write of ours whose answer was lost, by another process of ours, or by another owner.
    private func goOn(behind key: String, _ wanted: Segment) async throws(ObjectStoreError) {
        guard let object = try await store.get(key) else {
            throw ObjectStoreError(.unanswered, "\(key) was there and is not there any more")
        }
        let found = try Segment(object.bytes, seq: wanted.header.seq, key: key)
        let isOurs =
            found.header.generation == generation && found.header.isEnd == wanted.header.isEnd
            && found.header.offset == wanted.header.offset
        guard isOurs, try stands(found) else {
            throw ObjectStoreError(
                .refused,
                "\(key) was written by the lock's owner of generation \(found.header.generation), and this is \(generation): another "
                    + "run has taken over")
        }
        advance(behind: found)
    }

    /// Whether the file has these bytes at that place.
    private func stands(_ segment: Segment) throws(ObjectStoreError) -> Bool {
        if segment.bytes.isEmpty { return true }
        return try read(segment.header.offset..<(segment.header.offset + segment.bytes.count)) == segment.bytes
    }

    private func advance(behind segment: Segment) {
        position.next = segment.header.seq + 1
        position.offset = segment.header.isEnd == true ? 0 : segment.header.offset + segment.bytes.count
    }

    /// What of the file is not in the store yet, in whole lines; nil when there is no file.
    private func unsent(upTo limit: Int?) throws(ObjectStoreError) -> [UInt8]? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        let size = min(Int(status.st_size), limit ?? .max)
        guard size >= position.offset || limit != nil else {
            throw ObjectStoreError(
                .refused,
                "\(path) has \(status.st_size) bytes, and \(position.offset) of it are in the store: somebody cut it")
        }
        guard size > position.offset else { return [] }
        var end = min(size, position.offset + Self.largest)
        while true {
            let bytes = try read(position.offset..<end)
            if let newline = bytes.lastIndex(of: UInt8(ascii: "\n")) { return Array(bytes[...newline]) }
            // A line that is longer than a segment, or one that is being written.
            guard end < size else { return [] }
            end = min(size, end + Self.largest)
        }
    }

    private func read(_ range: Range<Int>) throws(ObjectStoreError) -> [UInt8] {
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? handle.close() }
            try handle.seek(toOffset: UInt64(range.lowerBound))
            return [UInt8](try handle.read(upToCount: range.count) ?? Data())
        } catch {
            throw ObjectStoreError(.refused, "\(path) cannot be read: \(error.localizedDescription)")
        }
    }
}
