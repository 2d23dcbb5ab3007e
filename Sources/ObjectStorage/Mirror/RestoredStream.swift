import Durable
import Formats
import Foundation
import Glibc

/// An append-only file as its segments in a store say it. The bytes go to the disk as they come, since a log may be long.
struct RestoredStream: Sendable {
    /// Of the segments in the store, ending in a slash.
    let folder: String
    /// Where the bytes go; nil when only the place is wanted to which the store has the file.
    private let file: String?
    var position = SegmentStream.Position()
    var highestGeneration = 0
    /// Segments that count no more.
    var obsolete: [String] = []
    /// What does not follow, unless the file was removed later.
    private var damage: ObjectStoreError?

    /// Segments that are read at a time.
    private static let batch = 8

    /// Reads the segments.
    ///
    /// - Parameters:
    ///   - listed: their names.
    ///   - file: is made with the first byte; there must be none.
    /// - Throws: ``ObjectStoreError`` `damaged` when a segment is missing, cut off or out of order.
    init(
        _ folder: String, listed: [String], from store: any ObjectStore, into file: String? = nil
    ) async throws(ObjectStoreError) {
        self.folder = folder
        self.file = file
        var numbers: [Int] = []
        for name in listed {
            guard let number = Int(name), number > 0, Segment.name(number) == name else {
                throw ObjectStoreError(.damaged, "\(folder)\(name) is no segment")
            }
            numbers.append(number)
        }
        numbers.sort()
        for start in stride(from: 0, to: numbers.count, by: Self.batch) {
            let some = numbers[start..<min(start + Self.batch, numbers.count)]
            let objects = try await store.getAll(some.map { folder + Segment.name($0) })
            // One that is gone since the list was made is missed below, unless an end follows.
            for (number, object) in zip(some, objects) {
                guard let object else { continue }
                let segment = try Segment(object.bytes, seq: number, key: key(number))
                if segment.header.isEnd == true {
                    try forget(before: segment, numbers.filter { $0 < number })
                }
                guard damage == nil else {
                    highestGeneration = max(highestGeneration, segment.header.generation)
                    continue
                }
                do throws(ObjectStoreError) {
                    try take(segment)
                } catch {
                    guard error.code == .damaged else { throw error }
                    damage = error
                }
            }
        }
        if let damage { throw damage }
    }

    private func key(_ number: Int) -> String { folder + Segment.name(number) }

    /// The file was removed there: nothing before counts.
    private mutating func forget(before end: Segment, _ numbers: [Int]) throws(ObjectStoreError) {
        obsolete = Set(obsolete + numbers.map(key)).sorted()
        position = .init(next: end.header.seq, first: end.header.seq)
        damage = nil
        if let file, unlink(file) != 0, errno != ENOENT { throw Self.failure(file) }
    }

    private mutating func take(_ segment: Segment) throws(ObjectStoreError) {
        let header = segment.header
        guard header.seq == position.next, header.offset == position.offset else {
            throw ObjectStoreError(
                .damaged,
                "\(key(header.seq)) does not follow: expected segment \(position.next) at byte \(position.offset), got segment "
                    + "\(header.seq) at byte \(header.offset); one before it is missing")
        }
        guard header.generation >= highestGeneration else {
            throw ObjectStoreError(
                .damaged,
                "\(key(header.seq)) is of generation \(header.generation), and an earlier one of \(highestGeneration): two runs "
                    + "wrote at the same time")
        }
        highestGeneration = header.generation
        try write(segment.bytes)
        position.next += 1
        position.offset += segment.bytes.count
    }

    private static func failure(_ file: String) -> ObjectStoreError {
        ObjectStoreError(.refused, "\(file) cannot be written: \(SystemError(errno).writing)")
    }

    private func write(_ bytes: [UInt8]) throws(ObjectStoreError) {
        guard let file, !bytes.isEmpty else { return }
        do throws(DurableFile.WriteError) {
            try PrivateFile.makeDirectory(URL(fileURLWithPath: file).deletingLastPathComponent().path)
        } catch {
            throw ObjectStoreError(.refused, "\(error)")
        }
        let isFirst = position.offset == 0
        let descriptor = PrivateFile.open(file, O_WRONLY | O_APPEND | (isFirst ? O_CREAT | O_EXCL : 0))
        guard descriptor >= 0 else { throw Self.failure(file) }
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure(file) }
            written += count
        }
    }

    /// Writes an empty segment behind the others: whoever wrote the file before finds the number taken, and cannot go on.
    ///
    /// - Parameter generation: of the lock's present owner.
    mutating func seal(_ store: any ObjectStore, generation: Int) async throws(ObjectStoreError) {
        var attempts = 0
        while true {
            let key = key(position.next)
            let seal = Segment(seq: position.next, generation: generation, offset: position.offset, bytes: [])
            var failure = ObjectStoreError(.unanswered, "\(key) was being written by another process")
            do throws(ObjectStoreError) {
                switch try await store.put(key, try seal.object(), if: .absent) {
                case .written: return try take(seal)
                case .refused:
                    // A write of the earlier owner that arrived since the list was made, or ours whose answer was lost.
                    if let object = try await store.get(key) {
                        let found = try Segment(object.bytes, seq: position.next, key: key)
                        try takeLate(found, generation)
                        if found == seal { return }
                        continue
                    }
                case .conflict: break
                }
            } catch {
                if error.code != .unanswered { throw error }
                failure = error
            }
            attempts += 1
            guard attempts < 8 else { throw failure }
            try? await Task.sleep(for: .milliseconds(50 << min(attempts, 5)))
        }
    }

    private mutating func takeLate(_ segment: Segment, _ generation: Int) throws(ObjectStoreError) {
        guard segment.header.generation <= generation else {
            throw ObjectStoreError(
                .refused,
                "\(key(segment.header.seq)) is of generation \(segment.header.generation): another run has taken over")
        }
        if segment.header.isEnd == true {
            try forget(before: segment, Array(position.first..<position.next))
            position.next += 1
            highestGeneration = max(highestGeneration, segment.header.generation)
        } else {
            try take(segment)
        }
    }
}

extension ObjectStore {
    /// The objects of the keys, in their order, some at a time.
    func getAll(_ keys: [String]) async throws(ObjectStoreError) -> [StoredObject?] {
        let results = await concurrently(keys) { key async throws(ObjectStoreError) in try await get(key) }
        var objects: [StoredObject?] = []
        for result in results { objects.append(try result.get()) }
        return objects
    }

    /// Does the same with each, eight at a time.
    func concurrently<Item: Sendable, Value: Sendable>(
        _ items: [Item], _ work: @escaping @Sendable (Item) async throws(ObjectStoreError) -> Value
    ) async -> [Result<Value, ObjectStoreError>] {
        await withTaskGroup(of: (Int, Result<Value, ObjectStoreError>).self) { group in
            var results = [Int: Result<Value, ObjectStoreError>]()
            var next = 0
            while next < items.count || results.count < items.count {
                while next < items.count, next - results.count < 8 {
                    let (index, item) = (next, items[next])
                    group.addTask {
                        do throws(ObjectStoreError) {
                            return (index, .success(try await work(item)))
                        } catch {
                            return (index, .failure(error))
                        }
                    }
                    next += 1
                }
                if let (index, result) = await group.next() { results[index] = result }
            }
            return results.sorted { $0.key < $1.key }.map(\.value)
        }
    }
}
