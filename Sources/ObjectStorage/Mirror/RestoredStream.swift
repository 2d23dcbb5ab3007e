/// An append-only file as its segments in a store say it.
struct RestoredStream: Sendable {
    /// Of the segments in the store, ending in a slash.
    let folder: String
    var bytes: [UInt8] = []
    var position = SegmentStream.Position()
    var highestGeneration = 0
    /// Segments that count no more.
    var obsolete: [String] = []

    /// Reads the segments.
    ///
    /// - Parameter listed: their names.
    /// - Throws: ``ObjectStoreError`` `damaged` when a segment is missing, cut off or out of order.
    init(_ folder: String, listed: [String], from store: any ObjectStore) async throws(ObjectStoreError) {
        self.folder = folder
        var numbers: [Int] = []
        for name in listed {
            guard let number = Int(name), number > 0, Segment.name(number) == name else {
                throw ObjectStoreError(.damaged, "\(folder)\(name) is no segment")
            }
            numbers.append(number)
        }
        numbers.sort()
        let objects = try await store.getAll(numbers.map { folder + Segment.name($0) })
        var segments: [Segment] = []
        // One that is gone since the list was made is missed below, unless an end follows.
        for (number, object) in zip(numbers, objects) {
            if let object { segments.append(try Segment(object.bytes, seq: number, key: key(number))) }
        }
        if let end = segments.lastIndex(where: { $0.header.isEnd == true }) {
            obsolete = segments[..<end].map { key($0.header.seq) }
            highestGeneration = segments[..<end].map(\.header.generation).max() ?? 0
            position = .init(next: segments[end].header.seq, first: segments[end].header.seq)
            segments.removeFirst(end)
        }
        for segment in segments { try take(segment) }
    }

    private func key(_ number: Int) -> String { folder + Segment.name(number) }

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
        bytes += segment.bytes
        position.next += 1
        position.offset += segment.bytes.count
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
            obsolete += (position.first..<position.next).map(key)
            bytes = []
            position = .init(next: segment.header.seq + 1, first: segment.header.seq)
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
